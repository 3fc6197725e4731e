import { Modal } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Attachment } from "@/api/types";
import classes from "@/features/inbox/thread/Lightbox.module.css";
import { ChevronLeft, ChevronRight, Download } from "@/ui/icons";
import { IconButton } from "@/ui/IconButton";

interface Props {
  pictures: Attachment[];
  start: number;
  onClose: () => void;
}

/** A picture over the whole window: arrows go on, a click zooms, Escape closes. */
export default function Lightbox({ pictures, start, onClose }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const [at, setAt] = useState(start);
  const [zoomed, setZoomed] = useState(false);
  const picture = pictures[at]!;
  const step = (by: number) => {
    setAt((before) => (before + by + pictures.length) % pictures.length);
    setZoomed(false);
  };
  return (
    <Modal
      opened
      onClose={onClose}
      fullScreen
      title={picture.name ?? t("kind.image")}
      closeButtonProps={{ "aria-label": t("common:action.close") }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") step(-1);
        if (event.key === "ArrowRight") step(1);
      }}
      classNames={{ body: classes.body }}
    >
      <div className={classes.stage} data-zoomed={zoomed || undefined}>
        <button type="button" className={classes.zoom} onClick={() => setZoomed(!zoomed)} aria-label={t("attachment.zoom")}>
          <img src={picture.url!} alt={picture.alt ?? picture.caption ?? picture.name ?? ""} />
        </button>
      </div>
      {picture.alt && (
        <p className={classes.alt}>
          <b>{t("attachment.alt")}:</b> {picture.alt}
        </p>
      )}
      <div className={classes.tools}>
        {pictures.length > 1 && <IconButton icon={ChevronLeft} label={t("attachment.previous")} onClick={() => step(-1)} />}
        {pictures.length > 1 && (
          <span>
            {at + 1} / {pictures.length}
          </span>
        )}
        {pictures.length > 1 && <IconButton icon={ChevronRight} label={t("attachment.next")} onClick={() => step(1)} />}
        <a href={picture.url!} download={picture.name ?? true} aria-label={t("attachment.download")}>
          <Download size={18} aria-hidden />
        </a>
      </div>
    </Modal>
  );
}
