/** What the inspector shows. */
export type Selection =
  | { readonly kind: 'member'; readonly id: number }
  | { readonly kind: 'message'; readonly id: number }
  | { readonly kind: 'operation'; readonly id: number }
  | { readonly kind: 'link'; readonly from: number; readonly to: number };

export function isSelected(
  selection: Selection | null,
  kind: 'member' | 'message' | 'operation',
  id: number,
): boolean {
  return selection !== null && selection.kind === kind && selection.id === id;
}
