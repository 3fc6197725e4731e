import { useMediaQuery } from "@mantine/hooks";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ConversationList } from "@/features/inbox/list/ConversationList";
import classes from "@/features/inbox/InboxPage.module.css";
import { Panel } from "@/features/inbox/panel/Panel";
import { PlaceProvider, useAddress } from "@/features/inbox/place";
import { Thread } from "@/features/inbox/thread/Thread";
import { ViewsBar } from "@/features/inbox/list/Views";
import { useKeys } from "@/lib/keys";
import { useOnePane } from "@/lib/onePane";
import { recall, remember } from "@/lib/remember";
import { useLive } from "@/live/Live";
import { MessageCircle } from "@/ui/icons";
import { Empty } from "@/ui/states";

const PanelDrawer = lazy(() => import("@/features/inbox/panel/PanelDrawer"));

/** Views, list, thread and details; how many of them stand side by side depends on the width. */
export function InboxPage() {
  const { t } = useTranslation("inbox");
  const place = useAddress();
  const { conversation } = place;
  const wide = useMediaQuery("(min-width: 1200px)", window.innerWidth >= 1200);
  const onePane = useOnePane();
  const [details, setDetails] = useState(() => recall("details") !== "closed");
  const [drawer, setDrawer] = useState(false);
  const { tellPresence } = useLive();

  const toggleDetails = () => {
    if (!wide) return setDrawer((before) => !before);
    setDetails((before) => {
      remember("details", before ? "closed" : null);
      return !before;
    });
  };
  useKeys({ d: toggleDetails });
  useEffect(() => setDrawer(false), [conversation]);
  useEffect(() => {
    tellPresence(conversation, false);
    return () => tellPresence(null, false);
  }, [conversation, tellPresence]);

  return (
    <PlaceProvider value={place}>
      <div className={classes.panes} data-open={conversation ? true : undefined} data-details={(wide && details && conversation) || undefined}>
        <ViewsBar className={classes.views} />
        <section id="list" className={classes.list} role={onePane && !conversation ? "main" : undefined} aria-label={t("list.label")} tabIndex={-1} data-pane>
          <ConversationList />
        </section>
        <main id="thread" className={classes.thread} tabIndex={-1} data-pane>
          {onePane && <h1 className="sr-only">{t("list.label")}</h1>}
          {conversation ? (
            <Thread key={conversation} id={conversation} onDetails={toggleDetails} />
          ) : (
            <Empty icon={MessageCircle} title={t("thread.none")} text={t("thread.noneText")} />
          )}
        </main>
        {wide && details && conversation && (
          <aside className={classes.panel} aria-label={t("panel.label")} data-pane tabIndex={-1}>
            <Panel key={conversation} id={conversation} />
          </aside>
        )}
      </div>
      {!wide && conversation && drawer && (
        <Suspense>
          <PanelDrawer id={conversation} opened={drawer} onClose={() => setDrawer(false)} />
        </Suspense>
      )}
    </PlaceProvider>
  );
}
