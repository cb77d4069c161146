import { DiskStore } from './disk-store.js';
import type { Store } from './store.js';

/** @param address as a setting has it: the path of a folder */
export function openStore(address: string): Promise<Store> {
  return Promise.resolve(new DiskStore(address));
}
