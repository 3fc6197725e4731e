import { describe, expect, it } from "vitest";
import { minutesFrom, moved, nextRow, operatorFor, typed } from "@/features/settings/sla/sentences";

describe("targets", () => {
  it("are typed as hours when they are whole ones, and read back the same", () => {
    for (const minutes of [1, 45, 60, 90, 480]) {
      const { value, unit } = typed(minutes);
      expect(minutesFrom(value, unit)).toBe(minutes);
    }
    expect(typed(120)).toEqual({ value: "2", unit: "hours" });
  });

  it("take half hours with comma or point, and nothing that is no time", () => {
    expect(minutesFrom("1,5", "hours")).toBe(90);
    expect(minutesFrom("0.5", "hours")).toBe(30);
    for (const text of ["", "0", "-3", "soon"]) expect(minutesFrom(text, "minutes")).toBeNull();
  });

  it("offer a row that is not there yet", () => {
    const any = nextRow([], ["urgent"], ["dm"]);
    expect([any.priority, any.source]).toEqual([null, null]);
    expect(nextRow([any], ["urgent"], ["dm"]).priority).toBe("urgent");
  });
});

describe("conditions", () => {
  it("ask for one value or any of several", () => {
    expect(operatorFor(["dm"], false)).toBe("is");
    expect(operatorFor(["dm", "comment"], true)).toBe("none_of");
  });
});

describe("moved", () => {
  it("stops at both ends", () => {
    expect(moved(["a", "b", "c"], 2, -1)).toEqual(["a", "c", "b"]);
    expect(moved(["a", "b"], 0, -1)).toEqual(["a", "b"]);
  });
});
