import { Box } from 'ink';
import type { ReactNode } from 'react';
import { Text } from './styled.tsx';

/** One line of the screen: never wraps, so that heights are what the layout says. */
export function Line({ children }: { children?: ReactNode }) {
  return (
    <Box height={1} flexShrink={0}>
      <Text wrap="truncate">{children ?? ' '}</Text>
    </Box>
  );
}
