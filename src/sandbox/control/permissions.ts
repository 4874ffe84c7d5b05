import { matchesPattern, type Route } from '../router.ts';

/** Checks the permission patterns of a new key, and adds each problem to the list. */
export const checkPermissions = (
  patterns: readonly string[],
  routes: readonly Route[],
  problems: string[],
): void => {
  const permissions = [...new Set(routes.flatMap(({ permission }) => permission ?? []))].sort();
  for (const pattern of patterns) {
    if (permissions.some((permission) => matchesPattern(pattern, permission))) continue;
    problems.push(
      `"${pattern}" matches no permission. The permissions are ${permissions.join(', ')}; * stands for any characters`,
    );
  }
};
