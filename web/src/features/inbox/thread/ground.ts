import { createContext, useContext } from "react";
import type { Detail } from "@/live/queries";

export type Ground = Pick<Detail, "rules" | "may" | "banned" | "account">;

/** What holds where a message stands; absent until the conversation's details have come. */
export const GroundContext = createContext<Ground | null>(null);

export const useGround = () => useContext(GroundContext);
