import { createStore } from "@/lib/store";

/** Asks for the palette; counts up, because its code may still be loading at the first time. */
export const paletteWish = createStore(0);

export function openPalette(): void {
  paletteWish.set((before) => before + 1);
}
