import {
  ActionIcon,
  Button,
  createTheme,
  Menu,
  Popover,
  Tooltip,
  type MantineColorsTuple,
} from "@mantine/core";

const accent: MantineColorsTuple = [
  "#eef2ff",
  "#e5ebff",
  "#c9d5ff",
  "#a9bbff",
  "#91a7ff",
  "#748ffc",
  "#5c7cfa",
  "#3b5bdb",
  "#3450c5",
  "#2b44ab",
];

const dark: MantineColorsTuple = [
  "#eceef1",
  "#c4cbd3",
  "#a3acb6",
  "#6f7883",
  "#2b3036",
  "#22262b",
  "#1b1e22",
  "#15171a",
  "#0f1114",
  "#0d0f12",
];

const layer = { shadow: "md", radius: 8, transitionProps: { duration: 80 } };

/** Mantine in our tokens (tokens.css): sizes, radius, and dialogs without blur. */
export const theme = createTheme({
  fontFamily: "var(--font)",
  fontFamilyMonospace: "var(--mono)",
  primaryColor: "accent",
  primaryShade: { light: 7, dark: 6 },
  autoContrast: true,
  luminanceThreshold: 0.2,
  colors: { accent, dark },
  defaultRadius: 6,
  shadows: { md: "var(--shadow)" },
  fontSizes: { xs: "11px", sm: "13px", md: "14px", lg: "16px", xl: "18px" },
  headings: { fontFamily: "var(--font)" },
  components: {
    Button: Button.extend({ defaultProps: { variant: "filled", size: "compact-md", loaderProps: { size: 14 } } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", color: "gray", size: 30 } }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 350, fz: 12, events: { hover: true, focus: true, touch: false } } }),
    Menu: Menu.extend({ defaultProps: layer }),
    Popover: Popover.extend({ defaultProps: layer }),
    // Plain records: dialogs load later, and naming their components here would bring them along.
    // Their heads are no banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: "presentation" } }, centered: true, radius: 8, transitionProps: { duration: 100 }, overlayProps: { backgroundOpacity: 0.45 } } },
    Drawer: { defaultProps: { transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.35 } } },
  },
});
