import { useTranslation } from "react-i18next";
import classes from "@/ui/Stars.module.css";
import { Star } from "@/ui/icons";

export function Stars({ rating, size = 16 }: { rating: number; size?: number }) {
  const { t } = useTranslation();
  return (
    <span className={classes.stars} role="img" aria-label={t("stars", { rating })}>
      {[1, 2, 3, 4, 5].map((step) => (
        <Star key={step} size={size} strokeWidth={1.75} fill={step <= rating ? "currentColor" : "none"} aria-hidden />
      ))}
    </span>
  );
}
