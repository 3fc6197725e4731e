import { describe, expect, it } from "vitest";
import type { SourceRules } from "@/api/types";
import { checkFile } from "@/features/inbox/composer/files";

const rules = (kinds: SourceRules["kinds"]): SourceRules => ({
  abilities: ["reply"],
  text: { maximum: 100, unit: "codepoints" },
  public: false,
  splits: false,
  caption: null,
  captionless: [],
  max_attachments: 4,
  kinds,
  window: null,
  private_window: null,
  private_once: false,
});
const png = { name: "a.png", type: "image/png", size: 1000 };

describe("checkFile", () => {
  it("takes what the platform takes", () => {
    expect(checkFile(png, rules({ image: { max_bytes: 1000, mime_types: ["image/png"] } }))).toBeNull();
    expect(checkFile(png, rules({ image: { max_bytes: 1000, mime_types: [] } }))).toBeNull();
  });

  it("says what is wrong with the rest", () => {
    expect(checkFile(png, rules({ image: { max_bytes: 999, mime_types: [] } }))).toMatchObject({ reason: "size", maximum: 999 });
    expect(checkFile(png, rules({ image: { max_bytes: 9999, mime_types: ["image/jpeg"] } }))?.reason).toBe("type");
    expect(checkFile(png, rules({ video: { max_bytes: 9999, mime_types: [] } }))?.reason).toBe("kind");
  });

  it("sends an image of an unknown type as a file where files go", () => {
    expect(checkFile(png, rules({ image: { max_bytes: 1, mime_types: ["image/jpeg"] }, file: { max_bytes: 5000, mime_types: [] } }))).toBeNull();
  });
});
