import { useApp, useInput, useStdin } from 'ink';
import { type PropsWithChildren, useEffect, useRef } from 'react';

/**
 * Ctrl-Z, and SIGTSTP from outside: gives the terminal back as it was, stops, and takes it again when the shell says go
 * on (`fg`). A raw terminal does not send the signal by itself.
 */
export function Suspendable({ children }: PropsWithChildren) {
  const { suspendTerminal } = useApp();
  const { isRawModeSupported } = useStdin();
  const suspended = useRef(false);

  useEffect(() => {
    const suspend = () => {
      if (suspended.current) return;
      suspended.current = true;
      suspendTerminal(stopUntilContinued).finally(() => {
        suspended.current = false;
      });
    };
    process.on('SIGTSTP', suspend);
    return () => {
      process.off('SIGTSTP', suspend);
    };
  }, [suspendTerminal]);

  useInput(
    (input, key) => {
      // to all of the foreground group, as a terminal sends it: kubectl, or a script around us, stops too
      if (key.ctrl && input === 'z' && process.platform !== 'win32') process.kill(0, 'SIGTSTP');
    },
    { isActive: isRawModeSupported },
  );

  return children;
}

function stopUntilContinued(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(process.pid, 'SIGSTOP');
  });
}
