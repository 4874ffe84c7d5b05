import { Component, type ReactNode } from 'react';

interface Place {
  readonly row: Element;
  readonly top: number;
}

/**
 * Keeps what somebody reads in its place while rows above it enter and leave. Most browsers do this by themselves, Safari
 * does not. A class, because only a class can look at the page before it changes.
 */
export class KeepPlace extends Component<{ readonly children: ReactNode }> {
  override getSnapshotBeforeUpdate(): readonly Place[] {
    // At the top of the page, new rows are what somebody looks for.
    if (CSS.supports('overflow-anchor', 'auto') || scrollY === 0) return [];
    return [...document.querySelectorAll('.token')]
      .map((row) => ({ row, top: row.getBoundingClientRect().top }))
      .filter(({ top }) => top > 0 && top < innerHeight);
  }

  override componentDidUpdate(_props: unknown, _state: unknown, places: readonly Place[]) {
    const place = places.find(({ row }) => row.isConnected);
    if (place) scrollBy(0, place.row.getBoundingClientRect().top - place.top);
  }

  override render() {
    return this.props.children;
  }
}
