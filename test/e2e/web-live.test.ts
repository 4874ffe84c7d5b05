import { describe, expect, it } from 'vitest';
import { hasExamplePage, useExampleSite, watchOperations } from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { createTokenBy, rowOf, untilLive, untilState } from './live/live-page.ts';

/** What takes longer is in `live/web-live*.alone.test.ts`. */
describe.skipIf(isSkipped(hasExamplePage))('the example page in two tabs', () => {
  const web = useExampleSite(30, 3);

  it('shows in both what one of them creates, once, and follows with one stream', async () => {
    const first = await web.example.open(web.site.url);
    await untilLive(first.page);
    const second = await first.openBeside();
    const subscribed = watchOperations(second.page, 'subscription');
    await untilLive(second.page);
    const [user] = web.site.sandbox.organization.users.all();
    await createTokenBy(first.page, { email: String(user?.['email']), name: 'Board room' });
    await untilState(first.page, 'Board room', 'Pending');
    await untilState(second.page, 'Board room', 'Pending');
    expect(await rowOf(first.page, 'Board room').locator('.mark').count()).toBe(0);
    expect(subscribed).toEqual([]);
    expect([...first.complaints, ...second.complaints]).toEqual([]);
  });
});
