import { memo } from "react";
import type { Source } from "@/api/types";
import { AtSign, MessageCircle, MessageSquareText, Star, type LucideIcon } from "@/ui/icons";
import classes from "@/ui/channels.module.css";

/** Marks drawn by us: one or two strokes that are told apart at 12 px. Networks without one show their first letter. */
const MARKS: Record<string, string> = {
  facebook: "M13.5 21v-8h2.6l.5-3.2h-3.1V7.9c0-1 .4-1.7 1.8-1.7h1.5V3.3C16.400 3.200 15.600 3 14.600 3c-2.600 0-4.300 1.600-4.300 4.400v2.400H7.500V13h2.800v8z",
  telegram: "M3 11.600 20.500 4.500 17.500 19.500 11.700 15.300 9.200 18.200 8.700 13.600 17 7.500 6.500 12.800z",
  sandbox: "M9 3h6v2h-1v4.500l5 9.500a1.500 1.500 0 0 1-1.300 2.200H6.300A1.500 1.500 0 0 1 5 19l5-9.500V5H9z",
};

const SOURCES: Record<Source, LucideIcon> = {
  dm: MessageCircle,
  comment: MessageSquareText,
  mention: AtSign,
  review: Star,
};

interface MarkProps {
  platform: string;
  size?: number;
  label?: string;
}

export const ChannelMark = memo(function ChannelMark({ platform, size = 16, label }: MarkProps) {
  const path = MARKS[platform];
  return (
    <svg
      className={classes.mark}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      style={{ color: `var(--mark-${platform}, var(--mark-plain))` }}
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
    >
      {path ? (
        <path d={path} fill="currentColor" />
      ) : (
        <text x="12" y="18" textAnchor="middle" fontSize="17" fontWeight="700" fill="currentColor">
          {platform.charAt(0).toUpperCase()}
        </text>
      )}
    </svg>
  );
});

export function SourceIcon({ source, size = 14 }: { source: Source; size?: number }) {
  const Icon = SOURCES[source] ?? MessageCircle;
  return <Icon size={size} strokeWidth={1.75} aria-hidden />;
}
