import { useCallback, useEffect, useRef, useState } from "react";
import { upload } from "@/api/upload";
import { asProblem, type Problem } from "@/api/problem";
import type { Attachment, SourceRules } from "@/api/types";

/** The files of the newest replies, so that one that is taken back or refused has them again. */
const sent = new Map<string, File[]>();
const REMEMBERED = 20;

export function rememberFiles(key: string, files: File[]): void {
  if (files.length === 0) return;
  sent.set(key, files);
  if (sent.size > REMEMBERED) sent.delete(sent.keys().next().value as string);
}

export function filesOf(key: string): File[] {
  return sent.get(key) ?? [];
}

export interface Pending {
  key: string;
  file: File;
  name: string;
  size: number;
  kind: string;
  /** A description for people who cannot see the picture. */
  alt: string;
  preview: string | null;
  progress: number;
  attachment: Attachment | null;
  problem: Problem | null;
  abort: () => void;
}

export type FileRefusal = { name: string; reason: "kind" | "type" | "size" | "count"; maximum?: number };

export function kindOf(type: string): string {
  const family = type.split("/")[0] ?? "";
  return ["image", "video", "audio"].includes(family) ? family : "file";
}

function allows(types: string[], type: string): boolean {
  return types.length === 0 || types.some((allowed) => allowed === type || (allowed.endsWith("/*") && type.startsWith(allowed.slice(0, -1))));
}

/** Whether the platform takes this file here; a kind that it does not know may still go as a plain file. */
export function checkFile(file: Pick<File, "name" | "type" | "size">, rules: SourceRules): FileRefusal | null {
  const rule = rules.kinds[kindOf(file.type)];
  const use = rule && allows(rule.mime_types, file.type) ? rule : rules.kinds.file;
  if (!use) return { name: file.name, reason: rule ? "type" : "kind" };
  if (!allows(use.mime_types, file.type)) return { name: file.name, reason: "type" };
  if (file.size > use.max_bytes) return { name: file.name, reason: "size", maximum: use.max_bytes };
  return null;
}

/** Files of the answer: checked before, then uploaded with progress, each of them stoppable. */
export function useFiles(rules: SourceRules) {
  const [files, setFiles] = useState<Pending[]>([]);
  const [refused, setRefused] = useState<FileRefusal[]>([]);
  const held = useRef(files);
  held.current = files;

  const patch = useCallback((key: string, change: Partial<Pending>) => {
    setFiles((before) => before.map((file) => (file.key === key ? { ...file, ...change } : file)));
  }, []);

  const add = useCallback(
    (given: File[]) => {
      const bad: FileRefusal[] = [];
      for (const file of given) {
        const refusal = checkFile(file, rules);
        if (refusal) {
          bad.push(refusal);
          continue;
        }
        const key = crypto.randomUUID();
        const stop = new AbortController();
        const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
        const kind = kindOf(file.type);
        setFiles((before) => [
          ...before,
          { key, file, name: file.name, size: file.size, kind, alt: "", preview, progress: 0, attachment: null, problem: null, abort: () => stop.abort() },
        ]);
        upload(file, (progress) => patch(key, { progress }), stop.signal)
          .then((attachment) => patch(key, { attachment, progress: 1 }))
          .catch((error: unknown) => {
            if (!stop.signal.aborted) patch(key, { problem: asProblem(error) });
          });
      }
      setRefused(bad);
    },
    [rules, patch],
  );

  const remove = useCallback((key: string) => {
    const file = held.current.find((each) => each.key === key);
    file?.abort();
    if (file?.preview) URL.revokeObjectURL(file.preview);
    setFiles((before) => before.filter((each) => each.key !== key));
  }, []);

  const clear = useCallback(() => {
    for (const file of held.current) if (file.preview) URL.revokeObjectURL(file.preview);
    setFiles([]);
    setRefused([]);
  }, []);

  useEffect(() => () => held.current.forEach((file) => file.abort()), []);
  const describe = useCallback((key: string, alt: string) => patch(key, { alt }), [patch]);
  return { files, refused, add, remove, clear, describe, dismiss: () => setRefused([]) };
}
