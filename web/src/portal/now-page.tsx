import { PageTitle } from '../parts/page-title.tsx'
import { useWords } from '../words/language-context.tsx'
import { ContractChoice } from './contract-choice.tsx'
import { LiveCost } from './live-cost.tsx'
import { portalWords } from './portal-words.ts'

export function NowPage() {
  const words = useWords(portalWords)
  return (
    <>
      <PageTitle title={words.nowTitle} />
      <ContractChoice>{(contract) => <LiveCost key={contract.id} contract={contract} />}</ContractChoice>
    </>
  )
}
