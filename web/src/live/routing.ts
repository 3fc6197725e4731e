import { useQuery, type QueryClient } from "@tanstack/react-query";
import { keys } from "@/api/keys";
import { agents, policies, queue, skills, teams } from "@/api/routing";
import type { Agent, Page } from "@/api/types";

export function useAgents(enabled = true) {
  return useQuery({ queryKey: keys.agents, queryFn: agents.list, enabled });
}

export function useTeams(enabled = true) {
  return useQuery({ queryKey: keys.teams, queryFn: teams.list, enabled });
}

export function useSkills(enabled = true) {
  return useQuery({ queryKey: keys.skills, queryFn: skills.list, enabled });
}

export function usePolicies() {
  return useQuery({ queryKey: keys.policies, queryFn: policies.list });
}

/** What waits changes with the clock too: who is off duty comes on, a relaxing step applies. */
export function useQueue() {
  return useQuery({ queryKey: keys.queue, queryFn: queue.look, refetchInterval: 30_000 });
}

/** An agent's new state; the load, which no fact carries, stays until the list is asked for again. */
export function applyAgent(client: QueryClient, agent: Omit<Agent, "load">): void {
  client.setQueryData<Page<Agent>>(
    keys.agents,
    (page) =>
      page && {
        ...page,
        items: page.items.map((each) => (each.user_id === agent.user_id ? { ...agent, load: each.load } : each)),
      },
  );
  void client.invalidateQueries({ queryKey: keys.teams });
  lookAgain(client);
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** The queue on screen, with everybody's load, at most once a second. */
export function lookAgain(client: QueryClient): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void client.invalidateQueries({ queryKey: keys.queue });
  }, 1000);
}
