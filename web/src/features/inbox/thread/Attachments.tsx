import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment, Message } from "@/api/types";
import classes from "@/features/inbox/thread/Attachments.module.css";
import { PayloadButton } from "@/features/inbox/thread/PayloadButton";
import { fileSize, playTime } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { Contact, Download, ExternalLink, FileIcon, ImageIcon, LayoutTemplate, MapPin, Share2, type LucideIcon } from "@/ui/icons";
import { safeLink } from "@/ui/links";

const Lightbox = lazy(() => import("@/features/inbox/thread/Lightbox"));

function isPicture(attachment: Attachment): boolean {
  return attachment.kind === "image" && attachment.url !== null;
}

export function Attachments({ message }: { message: Message }) {
  const pictures = message.attachments.filter(isPicture);
  const others = message.attachments.filter((attachment) => !isPicture(attachment));
  const [shown, setShown] = useState<number | null>(null);
  return (
    <div className={classes.all}>
      {pictures.length > 0 && (
        <div className={classes.pictures} data-count={Math.min(pictures.length, 4)}>
          {pictures.map((picture, index) => (
            <Picture key={picture.id} picture={picture} alone={pictures.length === 1} onOpen={() => setShown(index)} />
          ))}
        </div>
      )}
      {others.map((attachment) => (
        <Other key={attachment.id} attachment={attachment} />
      ))}
      {shown !== null && (
        <Suspense>
          <Lightbox pictures={pictures} start={shown} onClose={() => setShown(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** The size that a picture will have, known before it has come; 4:3 where the platform told none. */
function boxOf({ width, height }: Attachment): { width: number; aspectRatio: string } {
  const ratio = width && height ? Math.min(2.5, Math.max(0.5, width / height)) : 4 / 3;
  const wide = Math.min(320, width || 320, 360 * ratio);
  return { width: Math.max(96, Math.round(wide)), aspectRatio: ratio.toFixed(3) };
}

function Picture({ picture, alone, onOpen }: { picture: Attachment; alone: boolean; onOpen: () => void }) {
  const { t } = useTranslation("inbox");
  return (
    <button
      type="button"
      className={classes.picture}
      style={alone ? boxOf(picture) : undefined}
      onClick={onOpen}
      aria-label={t("attachment.open", { name: picture.alt ?? picture.name ?? t("kind.image") })}
      title={picture.alt ?? undefined}
    >
      <img src={picture.thumbnail_url ?? picture.url!} alt={picture.alt ?? picture.caption ?? ""} loading="lazy" draggable={false} />
    </button>
  );
}

function Other({ attachment }: { attachment: Attachment }) {
  switch (attachment.kind) {
    case "video":
      return attachment.url ? (
        <video className={classes.video} style={boxOf(attachment)} src={attachment.url} poster={attachment.thumbnail_url ?? undefined} controls preload="none" />
      ) : (
        <Unavailable attachment={attachment} />
      );
    case "audio":
      return attachment.url ? <audio className={classes.audio} src={attachment.url} controls preload="metadata" /> : <Unavailable attachment={attachment} />;
    case "sticker":
      return attachment.url ? <Sticker attachment={attachment} /> : <Unavailable attachment={attachment} />;
    case "location":
      return <Place data={attachment.data} />;
    case "contact":
      return <Person data={attachment.data} />;
    case "share":
      return <Shared attachment={attachment} icon={Share2} />;
    case "template":
      return <Shared attachment={attachment} icon={LayoutTemplate} />;
    default:
      return attachment.url ? <File attachment={attachment} /> : <Unavailable attachment={attachment} />;
  }
}

function Sticker({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation("inbox");
  const name = t("kind.sticker");
  if (attachment.mime_type?.startsWith("video/")) {
    return <video className={classes.sticker} src={attachment.url!} autoPlay loop muted playsInline aria-label={name} />;
  }
  return <img className={classes.sticker} src={attachment.thumbnail_url ?? attachment.url!} alt={attachment.alt ?? attachment.caption ?? name} loading="lazy" />;
}

function File({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation("inbox");
  const locale = useLocale();
  return (
    <a className={classes.card} href={attachment.url!} download={attachment.name ?? true}>
      <FileIcon size={20} aria-hidden />
      <span className={classes.cardText}>
        <b className="truncate">{attachment.name ?? t("kind.file")}</b>
        <span>{attachment.size ? fileSize(attachment.size, locale) : attachment.mime_type}</span>
      </span>
      <Download size={16} aria-label={t("attachment.download")} />
    </a>
  );
}

/** Nothing to show (yet): why, in words. */
function Unavailable({ attachment }: { attachment: Attachment }) {
  const { t, i18n } = useTranslation("inbox");
  const key = `kind.${attachment.kind}`;
  const kind = i18n.exists(key, { ns: "inbox" }) ? t(key as "kind.file") : attachment.kind;
  const extra = attachment.duration ? ` · ${playTime(attachment.duration)}` : "";
  return (
    <div className={classes.card} style={attachment.kind === "image" ? { ...boxOf(attachment), justifyContent: "center" } : undefined}>
      {attachment.kind === "image" ? <ImageIcon size={20} aria-hidden /> : <FileIcon size={20} aria-hidden />}
      <span className={classes.cardText}>
        <b className="truncate">
          {attachment.name ?? kind}
          {extra}
        </b>
        <span>{t(`attachment.state.${attachment.state}`, { reason: attachment.state_reason ?? "" })}</span>
      </span>
      {attachment.state === "none" && Object.keys(attachment.data).length > 0 && <PayloadButton value={attachment.data} />}
    </div>
  );
}

function textOf(data: Record<string, unknown>, ...names: string[]): string | null {
  for (const name of names) {
    const value = data[name];
    if ((typeof value === "string" && value) || typeof value === "number") return String(value);
  }
  return null;
}

function Place({ data }: { data: Record<string, unknown> }) {
  const { t } = useTranslation("inbox");
  const latitude = Number(data.latitude ?? data.lat);
  const longitude = Number(data.longitude ?? data.long ?? data.lng);
  const known = Number.isFinite(latitude) && Number.isFinite(longitude);
  return (
    <div className={classes.card}>
      <MapPin size={20} aria-hidden />
      <span className={classes.cardText}>
        <b>{textOf(data, "title", "name") ?? t("kind.location")}</b>
        {textOf(data, "address") && <span>{textOf(data, "address")}</span>}
        {known && (
          <a
            href={`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`}
            target="_blank"
            rel="noopener noreferrer nofollow"
          >
            {latitude.toFixed(5)}, {longitude.toFixed(5)}
          </a>
        )}
      </span>
    </div>
  );
}

function Person({ data }: { data: Record<string, unknown> }) {
  const { t } = useTranslation("inbox");
  const name = textOf(data, "name") ?? [data.first_name, data.last_name].filter(Boolean).join(" ");
  const phone = textOf(data, "phone_number", "phone");
  const email = textOf(data, "email");
  return (
    <div className={classes.card}>
      <Contact size={20} aria-hidden />
      <span className={classes.cardText}>
        <b>{name || t("kind.contact")}</b>
        {phone && <a href={`tel:${phone.replace(/[^\d+]/g, "")}`}>{phone}</a>}
        {email && <a href={`mailto:${email}`}>{email}</a>}
      </span>
    </div>
  );
}

function Shared({ attachment, icon: Icon }: { attachment: Attachment; icon: LucideIcon }) {
  const { t } = useTranslation("inbox");
  const { data, kind } = attachment;
  const link = safeLink(data.url ?? data.link ?? data.permalink);
  return (
    <div className={classes.card}>
      {attachment.thumbnail_url ? <img src={attachment.thumbnail_url} alt="" className={classes.thumb} /> : <Icon size={20} aria-hidden />}
      <span className={classes.cardText}>
        <b>{textOf(data, "title", "name") ?? t(kind === "template" ? "kind.template" : "kind.share")}</b>
        {textOf(data, "text", "subtitle", "description") && <span>{textOf(data, "text", "subtitle", "description")}</span>}
        {link && (
          <a href={link} target="_blank" rel="noopener noreferrer nofollow">
            <ExternalLink size={12} aria-hidden /> {new URL(link).hostname}
          </a>
        )}
      </span>
      {!link && Object.keys(data).length > 0 && <PayloadButton value={data} />}
    </div>
  );
}
