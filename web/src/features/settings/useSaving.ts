import { useState } from "react";
import { asProblem, type Problem } from "@/api/problem";

/** A form's way to the server: whether it is under way, and what was refused about which field. */
export function useSaving() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [saved, setSaved] = useState(false);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(null);
    setSaved(false);
    try {
      await work();
      setSaved(true);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  };
  return { busy, problem, saved, fields: problem?.fields ?? {}, run };
}
