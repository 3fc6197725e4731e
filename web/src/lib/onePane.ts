import { useMediaQuery } from "@mantine/hooks";

/** Whether the window is as narrow as a phone, so that list and detail are shown one at a time (767px in the style sheets). */
export function useOnePane(): boolean {
  return useMediaQuery("(max-width: 767px)", window.innerWidth < 768);
}
