import type { Subgraph } from './subgraph.ts';

const sdl = /* GraphQL */ `
  extend schema
    @link(
      url: "https://specs.apollo.dev/federation/v2.6"
      import: ["@key", "@interfaceObject"]
    )

  type Query {
    "Everybody on the payroll, by name."
    employees(first: Int! = 20): [Employee!]!
    "One employee by personnel number."
    employee(id: ID!): Employee
  }

  "A person on the payroll."
  type Employee @key(fields: "id") {
    "The personnel number."
    id: ID!
    name: String!
    jobTitle: String!
    workEmail: String!
    "What device management knows of the person; null where it knows nothing."
    mdmUser: MdmUser
  }

  # Of the enrollment gateway: reached by what HR knows of a person, and told who that is here.
  type MdmUser @key(fields: "organizationId email") {
    organizationId: ID!
    email: String
    "Null where the user is not on the payroll."
    employee: Employee
  }

  # A field for the tokens of every platform, without naming one: platforms may be added.
  type EnrollmentToken @key(fields: "id") @interfaceObject {
    id: ID!
    "Where people ask for help with this token."
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

/** People whom the sandbox knows, too, and one whom it does not. */
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

/** The HR team's subgraph: its employees are in this organization of device management. */
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
