// Whether the phone has a network at all; that the program answers is another thing.
import { ref } from 'vue';

export const online = ref(true);

export function watchNetwork(): void {
  // #ifdef H5
  const look = () => (online.value = navigator.onLine);
  look();
  addEventListener('online', look);
  addEventListener('offline', look);
  // #endif
  // #ifndef H5
  uni.getNetworkType({ success: ({ networkType }) => (online.value = networkType !== 'none') });
  uni.onNetworkStatusChange(({ isConnected }) => (online.value = isConnected));
  // #endif
}
