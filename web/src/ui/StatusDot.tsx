import type { AgentStatus } from "@/api/types";
import classes from "@/ui/StatusDot.module.css";

/** The mark of a status; the word stands beside it or in the label of what it is on. */
export function StatusDot({ status }: { status: AgentStatus }) {
  return <span className={classes.dot} data-status={status} aria-hidden />;
}
