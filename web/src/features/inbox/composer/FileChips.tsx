import { useTranslation } from "react-i18next";
import classes from "@/features/inbox/composer/Composer.module.css";
import type { FileRefusal, Pending } from "@/features/inbox/composer/files";
import { fileSize } from "@/lib/time";
import { useLocale } from "@/ui/i18n";
import { FileIcon, TriangleAlert, X } from "@/ui/icons";
import { useSentence } from "@/ui/sentences";

interface Props {
  files: Pending[];
  refused: FileRefusal[];
  /** How many characters a description of a file of this kind may have; null where the network takes none. */
  altOf: (kind: string) => number | null;
  onDescribe: (key: string, alt: string) => void;
  onRemove: (key: string) => void;
  onDismiss: () => void;
}

export default function FileChips({ files, refused, altOf, onDescribe, onRemove, onDismiss }: Props) {
  const { t } = useTranslation(["inbox", "common"]);
  const sentence = useSentence();
  const locale = useLocale();
  return (
    <div className={classes.files}>
      {files.map((file) => (
        <div key={file.key} className={classes.file} data-failed={file.problem ? true : undefined}>
          {file.preview ? <img src={file.preview} alt="" /> : <FileIcon size={20} aria-hidden />}
          <span className={classes.fileText}>
            <b className="truncate">{file.name}</b>
            <span className="truncate">
              {file.problem ? sentence(file.problem) : file.attachment ? fileSize(file.size, locale) : t("files.uploading", { percent: Math.round(file.progress * 100) })}
            </span>
          </span>
          <button type="button" onClick={() => onRemove(file.key)} aria-label={t("files.remove", { name: file.name })}>
            <X size={14} aria-hidden />
          </button>
          {!file.attachment && !file.problem && <progress value={file.progress} max={1} aria-label={file.name} />}
          {!file.problem && altOf(file.kind) !== null && (
            <textarea
              className={classes.alt}
              rows={1}
              dir="auto"
              value={file.alt}
              maxLength={altOf(file.kind) ?? undefined}
              placeholder={t("files.alt")}
              aria-label={t("files.altFor", { name: file.name })}
              onChange={(event) => onDescribe(file.key, event.currentTarget.value)}
            />
          )}
        </div>
      ))}
      {refused.map((refusal) => (
        <p key={refusal.name} className={classes.fileRefused} role="alert">
          <TriangleAlert size={14} aria-hidden />
          {t(`files.refused.${refusal.reason}`, { name: refusal.name, maximum: fileSize(refusal.maximum ?? 0, locale) })}
          <button type="button" onClick={onDismiss} aria-label={t("common:action.close")}>
            <X size={14} aria-hidden />
          </button>
        </p>
      ))}
    </div>
  );
}
