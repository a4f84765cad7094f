/** Who is told, of one tenant: those that are silent hold up nobody else, and no other tenant's. */
export function receiverOf(tenantId: string, name: string): string {
  return `${tenantId} ${name}`;
}
