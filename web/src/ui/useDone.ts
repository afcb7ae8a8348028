// Says that something is done, and takes it back when asked within 8 seconds (key Z).
import { useI18n } from 'vue-i18n';
import { refuse, toast } from './toasts';

interface More {
  detail?: string;
  // What is said when it could not be taken back; without it, what the program said.
  failed?: (cause: unknown) => void;
}

// fresh: loads anew what was changed, after the change and after its undo.
export function useDone(fresh: () => unknown = () => undefined) {
  const { t } = useI18n();
  return (title: string, undo?: () => Promise<unknown>, { detail, failed }: More = {}): void => {
    const run = async (takeBack: () => Promise<unknown>) => {
      try {
        await takeBack();
        toast({ tone: 'done', title: t('undone') });
      } catch (cause) {
        if (failed) failed(cause);
        else refuse(cause, t);
      } finally {
        fresh();
      }
    };
    toast({ tone: 'done', title, detail, ...(undo && { action: { label: t('undo'), key: 'z' as const, run: () => void run(undo) } }) });
    fresh();
  };
}
