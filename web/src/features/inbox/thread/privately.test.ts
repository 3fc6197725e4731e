import { describe, expect, it } from "vitest";
import type { SourceRules } from "@/api/types";
import { commentsOf, privateReplyTo } from "@/features/inbox/thread/privately";
import { aMessage } from "@/testing/build";

const WEEK = 7 * 24 * 3600;
const rules = { private_window: { seconds: WEEK, human_seconds: null, source: "" }, private_once: true } as unknown as SourceRules;
const comment = aMessage({ platform_message_id: "c1", timestamp: "2026-11-24T08:00:00Z" });
const written = Date.parse(comment.timestamp);

describe("a private reply", () => {
  it("is possible to the second from when the comment was written", () => {
    expect(privateReplyTo(comment, [], rules, written + WEEK * 1000 - 1)).toEqual({ state: "open", closesAt: written + WEEK * 1000 });
    expect(privateReplyTo(comment, [], rules, written + WEEK * 1000).state).toBe("expired");
  });

  it("goes once, and again where the first one did not go out", () => {
    const reply = (delivery_status: "sent" | "unknown" | "failed" | "canceled" | "queued") =>
      aMessage({ id: "m2", direction: "outbound", metadata: { private_to: "c1" }, delivery_status });
    for (const status of ["queued", "sent", "unknown"] as const) expect(privateReplyTo(comment, [reply(status)], rules, written).state).toBe("used");
    for (const status of ["failed", "canceled"] as const) expect(privateReplyTo(comment, [reply(status)], rules, written).state).toBe("open");
  });

  it("has neither time nor number where the network sets none", () => {
    const free = { ...rules, private_window: null, private_once: false };
    const reply = aMessage({ direction: "outbound", metadata: { private_to: "c1" }, delivery_status: "sent" });
    expect(privateReplyTo(comment, [reply], free, written * 2)).toEqual({ state: "open", closesAt: null });
  });
});

describe("commentsOf", () => {
  it("gives what customers wrote and is still there, newest first", () => {
    const messages = [
      comment,
      aMessage({ id: "m2", platform_message_id: "c2" }),
      aMessage({ id: "m3", platform_message_id: "c3", deleted_at: "2026-11-24T09:00:00Z" }),
      aMessage({ id: "m4", direction: "outbound", platform_message_id: "o1" }),
      aMessage({ id: "m5", kind: "activity", direction: "internal", platform_message_id: null }),
    ];
    expect(commentsOf(messages).map((message) => message.platform_message_id)).toEqual(["c2", "c1"]);
  });
});
