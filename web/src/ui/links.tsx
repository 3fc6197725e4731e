import { Fragment, memo } from "react";

const LINK = /\b(?:https?:\/\/|mailto:|tel:)[^\s<>"']+[^\s<>"'.,;:!?)\]}]/gi;

/** A customer's text: text nodes, and links of harmless kinds. Never HTML. */
export const LinkedText = memo(function LinkedText({ text }: { text: string }) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    parts.push(<Fragment key={end}>{text.slice(end, match.index)}</Fragment>);
    parts.push(
      <a key={`a${match.index}`} href={match[0]} target="_blank" rel="noopener noreferrer nofollow">
        {match[0]}
      </a>,
    );
    end = match.index + match[0].length;
  }
  parts.push(<Fragment key={`t${end}`}>{text.slice(end)}</Fragment>);
  return parts;
});

/** The address if it is of a kind that may be opened. */
export function safeLink(address: unknown): string | null {
  return typeof address === "string" && /^https?:\/\//i.test(address) ? address : null;
}
