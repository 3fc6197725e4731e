import "@/app/nonce";
import "@/ui/mantine.css";
import "@/ui/tokens.css";
import "@/ui/base.css";
import "@/ui/mantine-own.css";
import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { startI18n } from "@/ui/i18n";

await startI18n(["common", "inbox"]);
createRoot(document.getElementById("root")!).render(<App />);
