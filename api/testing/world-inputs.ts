/** What the first manufacturer of the world says of itself and asks for. */
export const seller = {
  legalName: 'Nordbohr GmbH',
  taxId: 'ATU12345675',
  addressLines: ['Hafenstraße 12'],
  postalCode: '4020',
  city: 'Linz',
  country: 'AT',
  email: 'bills@nordbohr.example',
  phone: '+43 732 123456',
}

export const tariffDocument = {
  currency: 'EUR',
  items: [
    { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
  ],
}
