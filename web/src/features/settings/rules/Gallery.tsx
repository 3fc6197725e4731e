import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { rules, type RuleTemplate } from "@/api/rules";
import own from "@/features/settings/rules/Rules.module.css";
import classes from "@/features/settings/Settings.module.css";
import { Failed, SkeletonRows } from "@/ui/states";

/** Ready rules to begin with. */
export function Gallery({ onClose, onPick }: { onClose: () => void; onPick: (template: RuleTemplate) => void }) {
  const { t, i18n } = useTranslation(["rules", "common"]);
  const locale = i18n.language.startsWith("de") ? "de" : "en";
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["rule-templates", locale], queryFn: () => rules.templates(locale) });
  return (
    <Modal opened onClose={onClose} size="xl" title={t("gallery")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      {isPending && <SkeletonRows count={3} />}
      {error && <Failed error={error} onRetry={() => void refetch()} />}
      <div className={own.gallery}>
        {data?.items.map((template) => (
          <button key={template.key} type="button" className={own.ready} onClick={() => onPick(template)}>
            <b>{template.name}</b>
            <span>{template.about}</span>
            {template.needs.length > 0 && <small className={classes.dim}>{t("needs", { what: template.needs.map((each) => t(`need.${each}`)).join(", ") })}</small>}
          </button>
        ))}
      </div>
    </Modal>
  );
}
