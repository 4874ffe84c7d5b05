import type { Subgraph } from './subgraph.ts';

const sdl = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.6"
      import: ["@key", "@interfaceObject"]
    )

  type Query {
    "The employees on the payroll."
    employees(first: Int! = 20): [Employee!]!
    "The employee with this personnel number."
    employee(id: ID!): Employee
  }

  "A person on the payroll."
  type Employee @key(fields: "id") {
    "The personnel number."
    id: ID!
    name: String!
    jobTitle: String!
    workEmail: String!
    "The user in device management; null if there is none."
    mdmUser: MdmUser
  }

  # A type of the enrollment gateway. HR knows its key, the address, and adds a field.
  type MdmUser @key(fields: "organizationId email") {
    organizationId: ID!
    email: String
    "Null if the user is not on the payroll."
    employee: Employee
  }

  # Adds a field to the tokens of every platform. It names no platform, because platforms may be added.
  type EnrollmentToken @key(fields: "id") @interfaceObject {
    id: ID!
    "The page for help with this token."
    helpUrl: String!
  }
`;

interface Employee {
  readonly id: string;
  readonly name: string;
  readonly jobTitle: string;
  readonly workEmail: string;
}

const jobTitles = ['Driver', 'Dispatcher', 'Planner', 'Accountant', 'Engineer'];

/** Names of users in the sandbox, and one name that the sandbox does not have. */
const names =
  `Esther Lopes, Diego Gallego, Chen Park, Milan Nguyen, Dario Andersen, Malik Petrov, Asha Almeida,
  Tomas Park, Gita Romero, Nadia Lambert, Femke Okafor, Yusuf Kaya, Omar Becker, Bela Akande, Amir Dvorak,
  Emre Ferrer, Paula Haddad, Jana Meyer, Ada Weber, Victor Vidal, Marta Andersen, Chen Gallego, Ines Visser,
  Victor Visser, Malik Torres, Tomas Lopes, Olga Sato, Yusuf Lopes, Jana Okafor, Milan Schmid, Hugo Ricci,
  Lucia Bakker, Jamal Park, Dario Kaya, Joao Baranova, Hana Torres, Alma Becker, Zoe Bianchi, Kaito Kovacs,
  Amir Navarro, Anouk Marin, Victor Navarro, Rosa Moreau, Asha Lambert, Liam Quintana, Anouk Ibarra, Chen Becker,
  Paula Petrov, Farid Silva, Jana Delgado, Nobody Enrolled`.split(/,\s+/);

const payroll = names.map(
  (name, index): Employee => ({
    id: String(1001 + index),
    name,
    jobTitle: jobTitles[index % jobTitles.length] ?? 'Driver',
    workEmail: `${name.toLowerCase().replace(' ', '.')}@example.com`,
  }),
);

const byEmail = new Map(payroll.map((employee) => [employee.workEmail, employee]));

interface UserKey {
  readonly organizationId: string;
  readonly email: string | null;
}

/** Creates the subgraph of the HR team. Its employees belong to this organization of device management. */
export const createEmployees = (organizationId: string): Subgraph => ({
  name: 'employees',
  sdl,
  resolvers: {
    Query: {
      employees: (_root: unknown, { first }: { first: number }) => payroll.slice(0, first),
      employee: (_root: unknown, { id }: { id: string }) =>
        payroll.find((employee) => employee.id === id) ?? null,
    },
    Employee: {
      __resolveReference: ({ id }: { id: string }) =>
        payroll.find((employee) => employee.id === id) ?? null,
      mdmUser: ({ workEmail }: Employee): UserKey => ({ organizationId, email: workEmail }),
    },
    MdmUser: {
      __resolveReference: (key: UserKey) => key,
      employee: ({ email }: UserKey) => byEmail.get(email?.toLowerCase() ?? '') ?? null,
    },
    EnrollmentToken: {
      __resolveReference: (key: { id: string }) => key,
      helpUrl: ({ id }: { id: string }) => `https://help.example.com/enrollment/${id}`,
    },
  },
});
