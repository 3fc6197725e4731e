import { Button } from "@mantine/core";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty, Failed } from "@/ui/states";

/** A part of the page broke; the rest goes on. */
export function Broken({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} onRetry={reset} />;
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Empty title={t("notFound.title")} text={t("notFound.text")}>
      <Button component={Link} to="/" variant="default">
        {t("notFound.home")}
      </Button>
    </Empty>
  );
}
