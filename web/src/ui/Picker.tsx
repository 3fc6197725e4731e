import { Popover } from "@mantine/core";
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { Check } from "@/ui/icons";
import classes from "@/ui/Picker.module.css";

export interface Option {
  value: string;
  label: string;
  hint?: string;
  icon?: ReactNode;
}

interface Props {
  opened: boolean;
  onOpen: (opened: boolean) => void;
  options: Option[];
  chosen: string[];
  onPick: (value: string) => void;
  label: string;
  /** Text of the filter field; without one there is no field. */
  search?: string;
  empty?: string;
  /** Stays open after a pick. */
  many?: boolean;
  /** Offers to make what was typed. */
  onCreate?: (name: string) => void;
  createLabel?: (name: string) => string;
  children: ReactNode;
  footer?: ReactNode;
  width?: number;
}

/** A short list to choose from, by key or pointer: opens focused, arrows move, Enter picks, Escape goes back. */
export function Picker(props: Props) {
  return (
    <Popover
      opened={props.opened}
      onChange={props.onOpen}
      position="bottom-start"
      width={props.width ?? 240}
      trapFocus
      returnFocus
      withinPortal
    >
      <Popover.Target>{props.children}</Popover.Target>
      <Popover.Dropdown className={classes.dropdown}>{props.opened && <Choices {...props} />}</Popover.Dropdown>
    </Popover>
  );
}

function Choices({ options, chosen, onPick, onOpen, label, search, empty, many, onCreate, createLabel, footer }: Props) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => {
    const wanted = text.trim().toLocaleLowerCase();
    const found = options.filter((option) => option.label.toLocaleLowerCase().includes(wanted));
    const exact = options.some((option) => option.label.toLocaleLowerCase() === wanted);
    const made: Option[] = onCreate && wanted && !exact ? [{ value: "\0new", label: createLabel?.(text.trim()) ?? text.trim() }] : [];
    return [...found, ...made];
  }, [options, text, onCreate, createLabel]);

  useEffect(() => {
    list.current?.querySelector(`[data-index="${active}"]`)?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const pick = (option: Option | undefined) => {
    if (!option) return;
    if (option.value === "\0new") onCreate?.(text.trim());
    else onPick(option.value);
    if (!many) onOpen(false);
    else setText("");
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      setActive((before) => (before + step + shown.length) % Math.max(1, shown.length));
    } else if (event.key === "Enter") {
      event.preventDefault();
      pick(shown[active]);
    }
  };

  return (
    <>
      {search !== undefined && (
        <input
          className={classes.search}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
          placeholder={search}
          aria-label={label}
          role="combobox"
          aria-expanded
          aria-controls={id}
          aria-activedescendant={`${id}-${active}`}
          data-autofocus
        />
      )}
      <div
        ref={list}
        id={id}
        className={classes.list}
        role="listbox"
        aria-label={label}
        aria-multiselectable={many || undefined}
        tabIndex={search === undefined ? 0 : -1}
        onKeyDown={search === undefined ? onKeyDown : undefined}
        data-autofocus={search === undefined || undefined}
        aria-activedescendant={`${id}-${active}`}
      >
        {shown.map((option, index) => (
          <div
            key={option.value}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={chosen.includes(option.value)}
            className={classes.option}
            data-index={index}
            data-active={index === active || undefined}
            onPointerMove={() => setActive(index)}
            onClick={() => pick(option)}
            onKeyDown={onKeyDown}
          >
            {option.icon}
            <span className="truncate">{option.label}</span>
            {option.hint && <span className={classes.hint}>{option.hint}</span>}
            {chosen.includes(option.value) && <Check size={14} aria-hidden className={classes.check} />}
          </div>
        ))}
        {shown.length === 0 && <p className={classes.empty}>{empty}</p>}
      </div>
      {footer}
    </>
  );
}
