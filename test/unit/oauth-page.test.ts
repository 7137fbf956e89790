import { describe, expect, it } from 'vitest'
import { renderOAuthPage } from '../../server/installations/oauth-page.ts'
import { authorizeLink, missingScopes, requiredScopes } from '../../server/installations/scopes.ts'

describe('install pages', () => {
  it('When a name holds markup, then it is shown as text', () => {
    const name = `<script>alert('x')</script> & "Söhne"`
    const page = renderOAuthPage({
      title: name,
      paragraphs: [name],
      items: [name],
      link: { href: name, label: name },
    })
    expect(page).not.toMatch(/<script|alert\('|"Söhne"/)
    expect(page).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Söhne&quot;')
  })

  it('When a page is made, then it holds nothing inline that the content policy forbids', () => {
    expect(renderOAuthPage({ title: 'T', paragraphs: [] })).not.toMatch(/<style|<script|style=|\son\w+=/)
  })

  it('When the link to the choose-location page is made, then it carries both ids, the scopes and the state', () => {
    const link = new URL(
      authorizeLink(
        {
          authorizeUrl: 'https://crm.example/v2/oauth/chooselocation',
          clientId: 'id-x',
          versionId: 'id',
          redirectUri: 'https://a.example/oauth/callback',
        },
        'the state',
      ),
    )
    expect(Object.fromEntries(link.searchParams)).toEqual({
      response_type: 'code',
      client_id: 'id-x',
      version_id: 'id',
      redirect_uri: 'https://a.example/oauth/callback',
      scope: requiredScopes.join(' '),
      state: 'the state',
      loginWindowOpenMode: 'self',
    })
  })

  it('When scopes were granted, then those that lack are named', () => {
    expect(missingScopes(requiredScopes.slice(1))).toEqual([requiredScopes[0]])
    expect(missingScopes([])).toEqual([])
  })
})
