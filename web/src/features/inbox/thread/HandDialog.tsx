import { Button, Modal, Textarea } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { asProblem, type Problem } from "@/api/problem";
import { handing } from "@/api/routing";
import type { Conversation, Priority } from "@/api/types";
import classes from "@/features/inbox/thread/HandDialog.module.css";
import { meOf, useWorkspace } from "@/live/queries";
import { applyConversation } from "@/live/reducer";
import { useTeams } from "@/live/routing";
import { Failed } from "@/ui/states";
import { say } from "@/ui/toasts";

const PRIORITIES: Priority[] = ["low", "medium", "high", "urgent"];

interface Props {
  ask: "transfer" | "escalate";
  conversation: Conversation;
  onClose: () => void;
}

/** To another team, or with more urgency; with a word for whoever takes it. */
export default function HandDialog({ ask, conversation, onClose }: Props) {
  const { t } = useTranslation(["routing", "inbox", "common"]);
  const client = useQueryClient();
  const { data: teams } = useTeams();
  const { data: workspace } = useWorkspace();
  const higher = PRIORITIES.slice(PRIORITIES.indexOf(conversation.priority) + 1);
  const [team, setTeam] = useState(ask === "transfer" ? (conversation.team_id ?? "") : "");
  const [priority, setPriority] = useState<Priority>(higher[0] ?? "urgent");
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const needed = workspace?.settings.transfer_note === "required";
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    try {
      const { id } = conversation;
      const after = await (ask === "transfer" ? handing.transfer(id, team || null, note) : handing.escalate(id, priority, team || null, note));
      applyConversation(client, after, meOf(client));
      say(t(ask === "transfer" ? "hand.transferred" : "hand.escalated"));
      onClose();
    } catch (error) {
      setProblem(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <Modal opened onClose={onClose} title={t(ask === "transfer" ? "hand.transferTitle" : "hand.escalateTitle")} closeButtonProps={{ "aria-label": t("common:action.close") }}>
      <form className={classes.form} onSubmit={(event) => void send(event)}>
        {ask === "escalate" && (
          <label>
            {t("hand.priority")}
            <select value={priority} onChange={(event) => setPriority(event.currentTarget.value as Priority)}>
              {(higher.length > 0 ? higher : (["urgent"] as const)).map((each) => (
                <option key={each} value={each}>
                  {t(`inbox:priority.${each}`)}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          {t("hand.team")}
          <select value={team} onChange={(event) => setTeam(event.currentTarget.value)} data-autofocus>
            <option value="">{t(ask === "transfer" ? "hand.everybody" : "hand.keepTeam")}</option>
            {teams?.items.map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
        <Textarea label={t("hand.note")} required={needed} autosize minRows={3} maxLength={5000} value={note} onChange={(event) => setNote(event.currentTarget.value)} error={problem?.fields.note && t("hand.noteNeeded")} />
        {problem && !problem.fields.note && <Failed error={problem} compact />}
        <div className={classes.actions}>
          <Button variant="default" onClick={onClose}>
            {t("common:action.cancel")}
          </Button>
          <Button type="submit" loading={busy} disabled={needed && !note.trim()}>
            {t(ask === "transfer" ? "hand.doTransfer" : "hand.doEscalate")}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
