import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { Suspense } from "react";
import { whenSignedOut } from "@/api/client";
import { keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { nonce } from "@/app/nonce";
import { router } from "@/app/router";
import { schemeManager } from "@/app/scheme";
import { theme } from "@/ui/theme";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The socket says what changed; age alone says nothing.
      staleTime: Infinity,
      gcTime: 15 * 60_000,
      refetchOnWindowFocus: false,
      retry: (attempt, error) => {
        const { status } = asProblem(error);
        return attempt < 2 && (status === 0 || status >= 500);
      },
    },
  },
});

whenSignedOut(() => void client.invalidateQueries({ queryKey: keys.session }));

export function App() {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemeManager}
      getStyleNonce={() => nonce}
      deduplicateInlineStyles
    >
      <QueryClientProvider client={client}>
        <Notifications position="bottom-left" limit={3} zIndex={400} containerWidth={326} />
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>
  );
}
