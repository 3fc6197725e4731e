import type { Conversation, Message } from "@/api/types";
import { isNewer } from "@/lib/order";

/** What the socket told lately, so that an answer that was under way meanwhile does not put an older state back. */
const LIMIT = 1000;

class Recent<T extends { id: string; updated_at: string }> {
  private readonly byId = new Map<string, { value: T; at: number }>();

  note(value: T): void {
    const known = this.byId.get(value.id);
    if (known && isNewer(known.value, value)) return;
    this.byId.delete(value.id);
    this.byId.set(value.id, { value, at: performance.now() });
    if (this.byId.size > LIMIT) this.byId.delete(this.byId.keys().next().value as string);
  }

  newer(value: T): T {
    const known = this.byId.get(value.id)?.value;
    return known && isNewer(known, value) ? known : value;
  }

  since(started: number): T[] {
    return [...this.byId.values()].filter(({ at }) => at >= started).map(({ value }) => value);
  }

  forget(id: string): void {
    this.byId.delete(id);
  }

  clear(): void {
    this.byId.clear();
  }
}

export const recentConversations = new Recent<Conversation>();
export const recentMessages = new Recent<Message>();
