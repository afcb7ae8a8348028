// Whether the phone has a network at all; that the program answers is another thing.
import { ref } from 'vue';

export const online = ref(true);

export function watchNetwork(): void {
  uni.getNetworkType({ success: ({ networkType }) => (online.value = networkType !== 'none') });
  uni.onNetworkStatusChange(({ isConnected }) => (online.value = isConnected));
}
