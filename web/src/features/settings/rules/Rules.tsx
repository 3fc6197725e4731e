import "@/features/settings/rules/mantine.css";
import { Button, Switch } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { rules, type Rule, type RuleDraft } from "@/api/rules";
import { Confirm } from "@/features/settings/Confirm";
import { draftOf, draftOfTemplate, moved, newDraft } from "@/features/settings/rules/draft";
import { Gallery } from "@/features/settings/rules/Gallery";
import { useChoices, useVocabulary } from "@/features/settings/rules/names";
import { RuleDialog } from "@/features/settings/rules/RuleDialog";
import own from "@/features/settings/rules/Rules.module.css";
import { RunLog } from "@/features/settings/rules/RunLog";
import { useSaying, type Saying } from "@/features/settings/rules/saying";
import { Section } from "@/features/settings/Section";
import classes from "@/features/settings/Settings.module.css";
import { IconButton } from "@/ui/IconButton";
import { ChevronDown, ChevronUp, LayoutTemplate, Plus, Trash2, TriangleAlert, Zap } from "@/ui/icons";
import { Empty, Failed, SkeletonRows } from "@/ui/states";
import { When } from "@/ui/Time";
import { sayProblem } from "@/ui/toasts";

const KEY = ["rules"];

interface Editing {
  rule: Rule | null;
  start: RuleDraft;
}

/** Rules in the order in which they look at what happens. */
export function RulesSection() {
  const { t } = useTranslation(["rules", "common"]);
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({ queryKey: KEY, queryFn: rules.list });
  const { data: vocabulary } = useVocabulary();
  const choices = useChoices();
  const saying = useSaying(vocabulary, choices);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [gallery, setGallery] = useState(false);
  const [log, setLog] = useState<Rule | null>(null);
  const [removing, setRemoving] = useState<Rule | null>(null);
  const refresh = () => client.invalidateQueries({ queryKey: KEY });
  const act = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (problem) {
      sayProblem(t("changeFailed"), problem);
    }
    await refresh();
  };
  const items = data?.items ?? [];
  return (
    <Section
      title={t("title")}
      intro={t("intro")}
      actions={
        <>
          <Button variant="default" leftSection={<LayoutTemplate size={16} aria-hidden />} onClick={() => setGallery(true)}>
            {t("gallery")}
          </Button>
          <Button leftSection={<Plus size={16} aria-hidden />} onClick={() => setEditing({ rule: null, start: newDraft() })}>
            {t("create")}
          </Button>
        </>
      }
    >
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      {data && items.length === 0 && <Empty icon={Zap} title={t("none")} text={t("noneText")} />}
      <ol className={own.list}>
        {items.map((rule, index) => (
          <RuleLine
            key={rule.id}
            rule={rule}
            place={index}
            last={index === items.length - 1}
            saying={saying}
            onMove={(by) => void act(() => rules.order(moved(items, index, by).map((each) => each.id)))}
            onSwitch={(enabled) => {
              client.setQueryData(KEY, { items: items.map((each) => (each.id === rule.id ? { ...each, enabled } : each)) });
              void act(() => rules.enable(rule.id, enabled));
            }}
            onEdit={() => setEditing({ rule, start: draftOf(rule) })}
            onLog={() => setLog(rule)}
            onRemove={() => setRemoving(rule)}
          />
        ))}
      </ol>
      {gallery && (
        <Gallery
          onClose={() => setGallery(false)}
          onPick={(template) => {
            setGallery(false);
            setEditing({ rule: null, start: draftOfTemplate(template) });
          }}
        />
      )}
      {editing && vocabulary && (
        <RuleDialog
          {...editing}
          vocabulary={vocabulary}
          choices={choices}
          saying={saying}
          onClose={() => setEditing(null)}
          onDone={() => {
            setEditing(null);
            void refresh();
          }}
        />
      )}
      {log && <RunLog rule={log} saying={saying} onClose={() => setLog(null)} />}
      {removing && (
        <Confirm title={t("remove", { name: removing.name })} action={t("common:action.delete")} onClose={() => setRemoving(null)} onConfirm={() => act(() => rules.remove(removing.id))}>
          <p>{t("removeText")}</p>
        </Confirm>
      )}
    </Section>
  );
}

interface LineProps {
  rule: Rule;
  place: number;
  last: boolean;
  saying: Saying;
  onMove: (by: -1 | 1) => void;
  onSwitch: (enabled: boolean) => void;
  onEdit: () => void;
  onLog: () => void;
  onRemove: () => void;
}

/** A rule as a sentence. */
function RuleLine({ rule, place, last, saying, onMove, onSwitch, onEdit, onLog, onRemove }: LineProps) {
  const { t } = useTranslation("rules");
  const conditions = (rule.conditions.items ?? []).length > 0 ? t("ifSaid", { what: saying.conditions(rule.conditions) }) : "";
  const sentence = t("sentence", { when: saying.event(rule), conditions, what: rule.actions.map(saying.action).join(", ") });
  return (
    <li className={own.rule} data-off={!rule.enabled || undefined}>
      <div className={own.order}>
        <IconButton icon={ChevronUp} label={t("moveUp", { name: rule.name })} disabled={place === 0} onClick={() => onMove(-1)} />
        <span aria-hidden>{place + 1}</span>
        <IconButton icon={ChevronDown} label={t("moveDown", { name: rule.name })} disabled={last} onClick={() => onMove(1)} />
      </div>
      <div className={own.body}>
        <h3 className={own.title}>{rule.name}</h3>
        <p className={own.said}>
          {sentence}
          {rule.stop && ` ${t("thenStops")}`}
        </p>
        {(rule.warnings ?? []).map((warning) => (
          <p key={warning.code} className={own.warning} role="note">
            <TriangleAlert size={16} aria-hidden />
            {t(`warning.${warning.code as "circle"}`, { rules: ((warning.values?.rules as string[] | undefined) ?? []).join(", "), rule: String(warning.values?.rule ?? "") })}
          </p>
        ))}
        <div className={own.foot}>
          <button type="button" className={own.link} onClick={onEdit} aria-label={t("edit", { name: rule.name })}>
            {t("editShort")}
          </button>
          <button type="button" className={own.link} onClick={onLog} aria-label={t("log.title", { name: rule.name })}>
            {t("log.short")}
          </button>
          <span className={classes.dim}>
            {rule.runs > 0 ? t("ran", { count: rule.runs }) : t("ranNot")}
            {rule.last_run_at && (
              <>
                {" · "}
                <When at={rule.last_run_at} />
              </>
            )}
          </span>
        </div>
      </div>
      <div className={own.side}>
        <Switch aria-label={t("switch", { name: rule.name })} checked={rule.enabled} onChange={(event) => onSwitch(event.currentTarget.checked)} />
        <IconButton icon={Trash2} label={t("remove", { name: rule.name })} onClick={onRemove} />
      </div>
    </li>
  );
}
