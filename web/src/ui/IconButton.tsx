import { ActionIcon, Tooltip, type ActionIconProps } from "@mantine/core";
import type { ComponentPropsWithoutRef, Ref } from "react";
import { STROKE, type LucideIcon } from "@/ui/icons";
import classes from "@/ui/IconButton.module.css";

interface Props extends ActionIconProps, Omit<ComponentPropsWithoutRef<"button">, keyof ActionIconProps> {
  icon: LucideIcon;
  label: string;
  keys?: string;
  iconSize?: number;
  ref?: Ref<HTMLButtonElement>;
}

/** An icon with a name and, where there is one, its key. */
export function IconButton({ icon: Icon, label, keys, iconSize = 18, ref, ...rest }: Props) {
  const tip = keys ? (
    <>
      {label} <kbd className={classes.key}>{keys}</kbd>
    </>
  ) : (
    label
  );
  return (
    <Tooltip label={tip}>
      <ActionIcon aria-label={label} ref={ref} {...rest}>
        <Icon size={iconSize} strokeWidth={STROKE} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
