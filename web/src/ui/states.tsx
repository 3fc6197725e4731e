import { Button } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/api/problem";
import { useSentence } from "@/ui/sentences";
import { RefreshCw, TriangleAlert, type LucideIcon } from "@/ui/icons";
import classes from "@/ui/states.module.css";

const BEFORE_SKELETON = 150;

/** Shows its children only when the wait is long enough to be noticed. */
export function AfterAMoment({ children }: { children: ReactNode }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), BEFORE_SKELETON);
    return () => clearTimeout(timer);
  }, []);
  return late ? children : null;
}

interface SkeletonProps {
  width?: number | string;
  height?: number;
  round?: boolean;
}

export function Bone({ width = "100%", height = 12, round = false }: SkeletonProps) {
  return <span className={classes.bone} style={{ width, height, borderRadius: round ? "50%" : 4 }} aria-hidden />;
}

export function SkeletonRows({ count = 8, height = 60 }: { count?: number; height?: number }) {
  return (
    <AfterAMoment>
      <div aria-hidden>
        {Array.from({ length: count }, (_, index) => (
          <div key={index} className={classes.boneRow} style={{ height }}>
            <Bone width={36} height={36} round />
            <div className={classes.boneLines}>
              <Bone width="45%" />
              <Bone width={`${60 + ((index * 13) % 35)}%`} />
            </div>
          </div>
        ))}
      </div>
    </AfterAMoment>
  );
}

/** The thin line at a pane's top while known content is being renewed. */
export function ProgressLine({ active }: { active: boolean }) {
  return <div className={classes.progress} data-active={active || undefined} aria-hidden />;
}

interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  text?: string;
  children?: ReactNode;
}

export function Empty({ icon: Icon, title, text, children }: EmptyProps) {
  return (
    <div className={classes.empty}>
      {Icon && <Icon size={32} strokeWidth={1.25} aria-hidden />}
      <p className={classes.emptyTitle}>{title}</p>
      {text && <p className={classes.emptyText}>{text}</p>}
      {children && <div className={classes.emptyActions}>{children}</div>}
    </div>
  );
}

interface FailedProps {
  error: unknown;
  onRetry?: () => void;
  compact?: boolean;
}

/** What failed, in a sentence, with Retry and the request's id for whoever looks into it. */
export function Failed({ error, onRetry, compact = false }: FailedProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const problem = asProblem(error);
  return (
    <div className={classes.failed} data-compact={compact || undefined} role="alert">
      <TriangleAlert size={compact ? 16 : 24} strokeWidth={1.75} aria-hidden />
      <div className={classes.failedText}>
        <p>{sentence(problem)}</p>
        <p className={classes.reference}>
          {t("error.code", { code: problem.code })}
          {problem.reference && ` · ${problem.reference}`}
        </p>
      </div>
      {onRetry && (
        <Button variant="default" onClick={onRetry} leftSection={<RefreshCw size={14} />}>
          {t("action.retry")}
        </Button>
      )}
    </div>
  );
}
