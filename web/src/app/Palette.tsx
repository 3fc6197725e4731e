import "@mantine/spotlight/styles.css";
import { createSpotlight, Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useMantineColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { paletteWish } from "@/app/openPalette";
import { conversationCommands } from "@/lib/commands";
import { useStore } from "@/lib/store";
import { LANGUAGES, setLanguage, type Language } from "@/ui/i18n";
import { Search } from "@/ui/icons";

const [store, spotlight] = createSpotlight();

/** Every action by name, with its key beside it. */
export default function Palette() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const wish = useStore(paletteWish);
  const commands = useStore(conversationCommands);

  useEffect(() => {
    if (wish > 0) spotlight.open();
  }, [wish]);

  const actions = useMemo(() => {
    const go = (view: string, label: string, key?: string): SpotlightActionData => ({
      id: `go-${view}`,
      label,
      rightSection: key && <kbd>{key}</kbd>,
      onClick: () => void navigate({ to: "/inbox/$view", params: { view } }),
    });
    const settings = (section: string, label: string): SpotlightActionData => ({
      id: `settings-${section}`,
      label,
      onClick: () => void navigate({ to: "/settings/$section", params: { section } }),
    });
    return [
      {
        group: t("palette.conversation"),
        actions: commands.map(({ id, label, keys, run }) => ({
          id,
          label,
          rightSection: keys && <kbd>{keys}</kbd>,
          // After the palette has closed and given the focus back.
          onClick: () => setTimeout(run, 50),
        })),
      },
      {
        group: t("palette.go"),
        actions: [
          go("mine", t("view.mine"), "G M"),
          go("unassigned", t("view.unassigned"), "G U"),
          go("all", t("view.all"), "G I"),
          go("pending", t("view.pending")),
          go("resolved", t("view.resolved")),
          { id: "customers", label: t("nav.customers"), rightSection: <kbd>G C</kbd>, onClick: () => void navigate({ to: "/customers" }) },
          settings("channels", t("section.channels")),
          settings("profile", t("section.profile")),
        ],
      },
      {
        group: t("palette.look"),
        actions: [
          ...(["light", "dark", "auto"] as const).map((scheme) => ({
            id: `theme-${scheme}`,
            label: t(`theme.set.${scheme}`),
            onClick: () => setColorScheme(scheme),
          })),
          ...(Object.keys(LANGUAGES) as Language[]).map((language) => ({
            id: `language-${language}`,
            label: `${t("language.label")}: ${LANGUAGES[language]}`,
            onClick: () => void setLanguage(language),
          })),
        ],
      },
    ].filter((group) => group.actions.length > 0);
  }, [t, navigate, setColorScheme, commands]);

  return (
    <Spotlight
      store={store}
      actions={actions}
      shortcut={null}
      nothingFound={t("palette.nothing")}
      highlightQuery
      scrollable
      maxHeight={420}
      overlayProps={{ blur: 0, backgroundOpacity: 0.35 }}
      searchProps={{ leftSection: <Search size={16} />, placeholder: t("palette.placeholder"), "aria-label": t("palette.placeholder") }}
    />
  );
}
