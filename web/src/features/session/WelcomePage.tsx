import { Button, PasswordInput, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import i18next from "i18next";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { setCredentials } from "@/api/client";
import { session } from "@/api/endpoints";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Invitation, Session } from "@/api/types";
import { Frame } from "@/features/session/Frame";
import { isLanguage, setLanguage } from "@/ui/i18n";
import { useSentence } from "@/ui/sentences";

/** First sign-in, invitation and reset: one link, one form. */
export function WelcomePage() {
  const { t } = useTranslation("session");
  const { token = "" } = useSearch({ strict: false });
  const { data, error, isPending } = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => session.invitation(token),
    retry: false,
    gcTime: 0,
  });
  if (isPending) return null;
  if (!data) {
    const lost = asProblem(error).network;
    return (
      <Frame title={t(lost ? "noAnswer" : "linkInvalid")} note={lost ? undefined : t("linkInvalidText")}>
        <Link to="/sign-in" search={{}}>
          {t("toSignIn")}
        </Link>
      </Frame>
    );
  }
  return <AcceptForm token={token} invitation={data} />;
}

/** Who chose a language here, or has one in the browser, keeps it. */
async function keepLanguage({ csrf_token: csrf, workspace_id: workspace, user }: Session): Promise<void> {
  const language = i18next.language;
  if (!isLanguage(language)) return;
  await setLanguage(language);
  if (user.locale === language) return;
  setCredentials(csrf, workspace);
  await session.updateMe({ locale: language }).catch(() => undefined);
}

function AcceptForm({ token, invitation }: { token: string; invitation: Invitation }) {
  const { t } = useTranslation("session");
  const sentence = useSentence();
  const client = useQueryClient();
  const navigate = useNavigate();
  const reset = invitation.purpose === "reset";
  const [name, setName] = useState(invitation.name);
  const [password, setPassword] = useState("");
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);

  const accept = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setErrors({});
    try {
      const signedIn = await session.accept(token, password, reset ? undefined : name.trim());
      await keepLanguage(signedIn);
      client.setQueryData(keys.session, signedIn);
      await navigate({ to: "/", replace: true });
    } catch (failure) {
      const problem = asProblem(failure);
      setErrors(Object.keys(problem.fields).length > 0 ? problem.fields : { password: sentence(problem) });
    } finally {
      setBusy(false);
    }
  };

  return (
    <Frame title={t(reset ? "resetTitle" : "welcomeTitle")} note={t(reset ? "resetText" : "welcomeText")}>
      <form onSubmit={(event) => void accept(event)}>
        <TextInput label={t("email")} name="email" autoComplete="username" value={invitation.email} readOnly />
        {!reset && (
          <TextInput
            label={t("name")}
            name="name"
            autoComplete="name"
            required
            autoFocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={errors.name}
          />
        )}
        <PasswordInput
          label={t("newPassword")}
          description={t("passwordHint")}
          name="new-password"
          autoComplete="new-password"
          required
          minLength={10}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": t("showPassword") }}
          error={errors.password}
        />
        <Button type="submit" fullWidth loading={busy}>
          {t(reset ? "setPassword" : "begin")}
        </Button>
      </form>
    </Frame>
  );
}
