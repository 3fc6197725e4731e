import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { session } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { Frame } from "@/features/session/Frame";
import { useSentence } from "@/ui/sentences";

export function SignInPage() {
  const { t } = useTranslation("session");
  const sentence = useSentence();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { next } = useSearch({ strict: false });
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const signedIn = await session.signIn(email.trim(), password);
      client.setQueryData(keys.session, signedIn);
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== "session" });
      await navigate({ to: next ?? "/", replace: true });
    } catch (failure) {
      const problem = asProblem(failure);
      setError(problem.status === 401 || problem.code === "wrong_credentials" ? t("wrong") : sentence(problem));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Frame title={t("signIn")} note={next ? t("ended") : undefined}>
      <form onSubmit={(event) => void signIn(event)}>
        <TextInput
          label={t("email")}
          type="email"
          name="email"
          autoComplete="username"
          required
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label={t("password")}
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
          error={error}
        />
        <Button type="submit" fullWidth loading={busy}>
          {t("signIn")}
        </Button>
      </form>
    </Frame>
  );
}
