import { type Disposable, DisposableStore, MutableDisposable } from '../core/base/event.ts';
import { faultName } from '../core/base/ports.ts';
import type { CommandContext } from './commandContext.ts';

/**
 * Notifications, only in the window with the lease. Loaded when the window first gets the lease:
 * most windows never do.
 */
export function registerNotices(context: CommandContext): Disposable {
  const { lease, log } = context;
  const own = new DisposableStore();
  const running = own.add(new MutableDisposable());
  own.add(
    lease.onDidChange(() => {
      running.value = undefined;
      if (!lease.isHeld) return;
      import('./noticeSurface.ts').then(
        ({ showNotices }) => {
          if (lease.isHeld) running.value = showNotices(context);
        },
        (error: unknown) => log.error(`Notifications did not load: ${faultName(error)}`),
      );
    }),
  );
  return own;
}
