import { Popover } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { messages } from "@/api/endpoints";
import { keys } from "@/api/keys";
import type { Message } from "@/api/types";
import bubble from "@/features/inbox/thread/Bubble.module.css";
import classes from "@/features/inbox/thread/Versions.module.css";
import { Failed } from "@/ui/states";
import { When } from "@/ui/Time";

/** "edited", and behind it the earlier texts. */
export function Versions({ message }: { message: Message }) {
  const { t } = useTranslation("inbox");
  const [opened, setOpened] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.versions(message.id), message.edited_at],
    queryFn: () => messages.versions(message.id),
    enabled: opened,
  });
  return (
    <Popover opened={opened} onChange={setOpened} position="top" width={320} trapFocus>
      <Popover.Target>
        <button type="button" className={bubble.textButton} onClick={() => setOpened(!opened)}>
          {t("message.edited")}
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <h3>{t("message.versions")}</h3>
        {error && <Failed error={error} onRetry={() => void refetch()} compact />}
        <ol className={classes.list}>
          {data?.map((version) => (
            <li key={version.at}>
              <When at={version.at} />
              <p dir="auto">{version.content}</p>
            </li>
          ))}
        </ol>
        {data?.length === 0 && <p className={classes.none}>{t("message.noVersions")}</p>}
      </Popover.Dropdown>
    </Popover>
  );
}
