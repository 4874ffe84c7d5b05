import {
  type Platform,
  platformNames,
  platforms,
  stateNames,
  states,
  type TokenState,
} from './names.ts';

/** The filter of the list. */
export interface Filter {
  /** Null: all platforms. */
  readonly platform: Platform | null;
  /** Empty: all states except revoked. */
  readonly states: readonly TokenState[];
}

export const noFilter: Filter = { platform: null, states: [] };

export const isFiltered = ({ platform, states }: Filter): boolean =>
  platform !== null || states.length > 0;

interface FilterBarProps {
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** The controls of the filter. */
export const FilterBar = ({ filter, onChange }: FilterBarProps) => {
  const toggleState = (state: TokenState) =>
    onChange({
      ...filter,
      states: filter.states.includes(state)
        ? filter.states.filter((other) => other !== state)
        : [...filter.states, state],
    });
  return (
    <div className="filters">
      <fieldset>
        <legend>Platform</legend>
        {[null, ...platforms].map((platform) => (
          <label key={platform ?? 'ALL'} className="choice">
            <input
              type="radio"
              name="platform-filter"
              checked={filter.platform === platform}
              onChange={() => onChange({ ...filter, platform })}
            />
            {platform === null ? 'All' : platformNames[platform]}
          </label>
        ))}
      </fieldset>
      <fieldset>
        <legend>State</legend>
        {states.map((state) => (
          <label key={state} className="choice">
            <input
              type="checkbox"
              checked={filter.states.includes(state)}
              onChange={() => toggleState(state)}
            />
            {stateNames[state]}
          </label>
        ))}
      </fieldset>
    </div>
  );
};
