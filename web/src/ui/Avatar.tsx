import { memo, useState } from "react";
import { ChannelMark } from "@/ui/channels";
import classes from "@/ui/Avatar.module.css";

const TONES = 6;

function toneOf(name: string): number {
  let sum = 0;
  for (const character of name) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % TONES;
}

export function initialsOf(name: string): string {
  const words = name.replace(/[^\p{L}\p{N}\s]/gu, " ").split(/\s+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]).join("").toUpperCase() || "?";
}

interface Props {
  name: string;
  src?: string | null;
  size?: number;
  /** The network's mark at the lower right. */
  platform?: string;
}

/** Photo or initials. Only pictures from our own server are shown, so that no third party learns who looks. */
export const Avatar = memo(function Avatar({ name, src, size = 36, platform }: Props) {
  const [broken, setBroken] = useState(false);
  const own = src?.startsWith("/") && !broken;
  return (
    <span className={classes.avatar} style={{ width: size, height: size }} aria-hidden>
      {own ? (
        <img src={src!} alt="" width={size} height={size} loading="lazy" onError={() => setBroken(true)} />
      ) : (
        // By the style sheet: as text they would count as part of a label around them.
        <span className={classes.initials} data-tone={toneOf(name)} data-initials={initialsOf(name)} style={{ fontSize: Math.round(size * 0.38) }} />
      )}
      {platform && (
        <span className={classes.badge}>
          <ChannelMark platform={platform} size={12} />
        </span>
      )}
    </span>
  );
});
