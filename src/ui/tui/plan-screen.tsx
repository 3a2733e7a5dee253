import { Box, useInput, useStdin, useWindowSize } from 'ink';
import { useState } from 'react';
import { cleanPlan, type PlanView, planLabelWidth } from '../plan-view.ts';
import { wrap } from '../text.ts';
import { Keys } from './foot.tsx';
import { keysPressed } from './key-map.ts';
import type { Size } from './layout.ts';
import { Line } from './line.tsx';
import { scrolled } from './scroll.ts';
import { Text } from './styled.tsx';
import { QUIET, STRONG, WARNING } from './theme.ts';

export interface PlanScreenProps {
  plan: PlanView;
  onAnswer: (answer: 'start' | 'quit') => void;
  size?: Size;
}

/** What is going to happen, before anything does. */
export function PlanScreen({ plan, onAnswer, size }: PlanScreenProps) {
  const windowSize = useWindowSize();
  const { columns, rows } = size ?? windowSize;
  const [scroll, setScroll] = useState(0);
  const { isRawModeSupported } = useStdin();
  const lines = planLines(cleanPlan(plan), columns);
  // title, blank, blank, keys
  const visible = Math.max(1, rows - 4);
  const fits = lines.length <= visible;
  const shown = fits ? visible : visible - 1;
  const first = Math.min(scroll, Math.max(0, lines.length - shown));

  useInput(
    (input, key) => {
      for (const name of keysPressed(input, key)) {
        const to = scrolled(name, { first, visible: shown, total: lines.length });
        if (to !== undefined) setScroll(to);
        else if (name === 'enter') onAnswer('start');
        else if (name === 'leave' || name === 'no' || name === 'interrupt') onAnswer('quit');
      }
    },
    { isActive: isRawModeSupported },
  );

  return (
    <Box flexDirection="column" width={columns} height={rows} overflow="hidden">
      <Line>
        <Text {...STRONG}>{plan.title}</Text>
      </Line>
      <Line />
      {lines.slice(first, first + shown).map((line) => (
        <Line key={line.id}>
          <Text {...QUIET}>{line.label}</Text>
          <Text {...(line.warning ? WARNING : {})}>{line.text}</Text>
        </Line>
      ))}
      {fits ? null : (
        <Line>
          <Text
            {...QUIET}
          >{`  lines ${first + 1} to ${Math.min(lines.length, first + shown)} of ${lines.length}: arrows scroll`}</Text>
        </Line>
      )}
      <Box flexGrow={1} />
      <Line />
      <Keys
        keys={[
          { key: 'enter', label: 'start', weight: 2 },
          { key: 'q', label: 'leave, nothing changed', weight: 1 },
        ]}
        columns={columns}
      />
    </Box>
  );
}

interface PlanLine {
  id: string;
  label: string;
  text: string;
  warning: boolean;
}

function planLines(plan: PlanView, columns: number): PlanLine[] {
  const column = Math.min(planLabelWidth(plan.lines), Math.floor(columns / 3));
  const room = Math.max(10, columns - column - 2);
  const said = plan.lines.flatMap(({ label, text }, line) =>
    wrap(text, room).map((part, index) => ({
      id: `line ${line} ${index}`,
      label: `  ${(index === 0 ? label : '').padEnd(column)}`,
      text: part,
      warning: false,
    })),
  );
  const warned = plan.warnings.flatMap((warning, line) =>
    wrap(warning, columns - 4).map((part, index) => ({
      id: `warning ${line} ${index}`,
      label: index === 0 ? '  ! ' : '    ',
      text: part,
      warning: true,
    })),
  );
  return [...said, ...warned];
}
