import { Button } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { RuleCondition, RuleGroup, Vocabulary } from "@/api/rules";
import { emptyGroup, newCondition, replaced, without, type Item } from "@/features/settings/rules/draft";
import { useOptions, type Choices } from "@/features/settings/rules/names";
import own from "@/features/settings/rules/Rules.module.css";
import { ValueInput } from "@/features/settings/rules/Values";
import classes from "@/features/settings/Settings.module.css";
import { IconButton } from "@/ui/IconButton";
import { Plus, Trash2 } from "@/ui/icons";

const DEEPEST = 5;

interface Shared {
  vocabulary: Vocabulary;
  choices: Choices;
  /** What the server refused, by path. */
  errors: Record<string, string>;
}

interface GroupProps extends Shared {
  group: RuleGroup;
  path: string;
  depth?: number;
  onChange: (group: RuleGroup) => void;
  onRemove?: () => void;
}

/** A group of conditions, which may hold groups. */
export function GroupEditor({ group, path, depth = 1, onChange, onRemove, ...shared }: GroupProps) {
  const { t } = useTranslation("rules");
  const items = group.items ?? [];
  const put = (next: Item[]) => onChange({ ...group, items: next });
  return (
    <fieldset className={own.group}>
      <div className={own.item}>
        <select className={classes.select} aria-label={t("matchLabel")} value={group.match ?? "all"} onChange={(event) => onChange({ ...group, match: event.currentTarget.value as RuleGroup["match"] })}>
          {(["all", "any", "none"] as const).map((each) => (
            <option key={each} value={each}>
              {t(`match.${each}`)}
            </option>
          ))}
        </select>
        {onRemove && <IconButton className={own.end} icon={Trash2} label={t("removeGroup")} onClick={onRemove} />}
      </div>
      {shared.errors[path] && <p className={own.error}>{shared.errors[path]}</p>}
      {items.length === 0 && <p className={classes.dim}>{t("noConditions")}</p>}
      {items.map((item, index) => {
        const place = `${path}.items[${index}]`;
        const change = (next: Item) => put(replaced(items, index, next));
        const remove = () => put(without(items, index));
        return item.type === "group" ? (
          // oxlint-disable-next-line react/no-array-index-key -- conditions have no other name than their place
          <GroupEditor key={index} group={item} path={place} depth={depth + 1} onChange={change} onRemove={remove} {...shared} />
        ) : (
          // oxlint-disable-next-line react/no-array-index-key -- as above
          <ConditionEditor key={index} condition={item} path={place} onChange={change} onRemove={remove} {...shared} />
        );
      })}
      <div className={own.row}>
        <Button size="xs" variant="default" leftSection={<Plus size={14} aria-hidden />} onClick={() => put([...items, newCondition(shared.vocabulary, "text")])}>
          {t("addCondition")}
        </Button>
        {depth < DEEPEST && (
          <Button size="xs" variant="subtle" onClick={() => put([...items, { ...emptyGroup(), match: "any", items: [newCondition(shared.vocabulary, "text")] }])}>
            {t("addGroup")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

interface ConditionProps extends Shared {
  condition: RuleCondition;
  path: string;
  onChange: (condition: RuleCondition) => void;
  onRemove: () => void;
}

function ConditionEditor({ condition, path, onChange, onRemove, vocabulary, choices, errors }: ConditionProps) {
  const { t } = useTranslation("rules");
  const optionsOf = useOptions();
  const field = vocabulary.fields.find((each) => each.name === condition.field);
  if (!field) return null;
  const error = errors[`${path}.value`] ?? errors[`${path}.operator`] ?? errors[`${path}.field`];
  return (
    <div className={own.item} data-error={error ? true : undefined}>
      <select className={classes.select} aria-label={t("fieldLabel")} value={condition.field} onChange={(event) => onChange(newCondition(vocabulary, event.currentTarget.value, condition.operator))}>
        {vocabulary.fields.map((each) => (
          <option key={each.name} value={each.name}>
            {t(`field.${each.name}` as "field.text")}
          </option>
        ))}
      </select>
      <select className={classes.select} aria-label={t("operatorLabel")} value={condition.operator} onChange={(event) => onChange(newCondition(vocabulary, condition.field, event.currentTarget.value, condition.value))}>
        {(vocabulary.operators[field.kind] ?? []).map((each) => (
          <option key={each} value={each}>
            {t(`operator.${each}` as "operator.is")}
          </option>
        ))}
      </select>
      <ValueInput field={field} condition={condition} options={optionsOf(field, choices)} onChange={(value) => onChange({ ...condition, value })} />
      <IconButton className={own.end} icon={Trash2} label={t("removeCondition")} onClick={onRemove} />
      {error && (
        <p className={own.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
