import { useId } from 'react';
import {
  type Direction,
  directionNames,
  directions,
  type OrderField,
  orderFields,
  orderNames,
} from './names.ts';

/** The order of the list. */
export interface Order {
  readonly field: OrderField;
  readonly direction: Direction;
}

export const newestFirst: Order = { field: 'CREATED_AT', direction: 'DESC' };

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly names: Readonly<Record<Value, string>>;
  readonly values: readonly Value[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

const Choice = <Value extends string>({
  label,
  names,
  values,
  value,
  onChange,
}: ChoiceProps<Value>) => {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ target }) => onChange(values.find((one) => one === target.value) ?? value)}
      >
        {values.map((one) => (
          <option key={one} value={one}>
            {names[one]}
          </option>
        ))}
      </select>
    </div>
  );
};

interface OrderSelectProps {
  readonly order: Order;
  readonly onChange: (order: Order) => void;
}

/** The controls of the order. */
export const OrderSelect = ({ order, onChange }: OrderSelectProps) => (
  <div className="order">
    <Choice
      label="Order by"
      names={orderNames}
      values={orderFields}
      value={order.field}
      onChange={(field) => onChange({ ...order, field })}
    />
    <Choice
      label="Direction"
      names={directionNames}
      values={directions}
      value={order.direction}
      onChange={(direction) => onChange({ ...order, direction })}
    />
  </div>
);
