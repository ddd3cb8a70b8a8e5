#ifdef PEG
struct T_SRC {
	char *fl; int ln;
} T_SRC[NTRANS];

void
tr_2_src(int m, char *file, int ln)
{	T_SRC[m].fl = file;
	T_SRC[m].ln = ln;
}

void
putpeg(int n, int m)
{	printf("%5d	trans %4d ", m, n);
	printf("%s:%d\n",
		T_SRC[n].fl, T_SRC[n].ln);
}
#endif

void
settable(void)
{	Trans *T;
	Trans *settr(int, int, int, int, int, char *, int, int, int);

	trans = (Trans ***) emalloc(7*sizeof(Trans **));

	/* proctype 5: :init: */

	trans[5] = (Trans **) emalloc(6*sizeof(Trans *));

	T = trans[ 5][4] = settr(507,2,0,0,0,"ATOMIC", 0, 2, 0);
	T->nxt	= settr(507,2,1,0,0,"ATOMIC", 0, 2, 0);
	trans[5][1]	= settr(504,2,2,3,3,"(run Worker(0))", 0, 2, 0);
	trans[5][2]	= settr(505,2,3,4,4,"(run Worker(1))", 0, 2, 0);
	trans[5][3]	= settr(506,0,5,5,5,"(run Worker(2))", 0, 2, 0);
	trans[5][5]	= settr(508,0,0,6,6,"-end-", 0, 3500, 0);

	/* proctype 4: Front */

	trans[4] = (Trans **) emalloc(331*sizeof(Trans *));

	trans[4][241]	= settr(414,0,240,1,0,".(goto)", 0, 2, 0);
	T = trans[4][240] = settr(413,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,32,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,58,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,106,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,120,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,147,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,181,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,185,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,189,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,193,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,197,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,201,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,205,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,233,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(413,0,236,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(413,0,239,0,0,"DO", 0, 2, 0);
	T = trans[ 4][32] = settr(205,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(205,2,1,0,0,"ATOMIC", 1, 2, 0);
	trans[4][1]	= settr(174,2,27,7,7,"((!(closed)&&(taken<3)))", 1, 2, 0); /* m: 2 -> 27,0 */
	reached4[2] = 1;
	trans[4][2]	= settr(0,0,0,0,0,"u = (taken/2)",0,0,0);
	trans[4][3]	= settr(0,0,0,0,0,"waiting[taken] = 1",0,0,0);
	trans[4][4]	= settr(0,0,0,0,0,"taken = (taken+1)",0,0,0);
	T = trans[4][27] = settr(200,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(200,2,5,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(200,2,24,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(200,2,26,0,0,"IF", 1, 2, 0);
	trans[4][5]	= settr(178,2,23,8,0,"((route[u]==KNOWN))", 1, 2, 0);
	T = trans[ 4][23] = settr(196,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(196,0,6,0,0,"sub-sequence", 1, 2, 0);
	trans[4][6]	= settr(179,2,20,9,9,"r = 0", 1, 2, 0);
	trans[4][21]	= settr(194,2,20,1,0,".(goto)", 1, 2, 0);
	T = trans[4][20] = settr(193,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(193,2,7,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(193,2,18,0,0,"DO", 1, 2, 0);
	trans[4][7]	= settr(180,2,15,10,0,"((r<=(3-1)))", 1, 2, 0);
	T = trans[4][15] = settr(188,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(188,2,8,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(188,2,14,0,0,"IF", 1, 2, 0);
	trans[4][8]	= settr(181,2,13,11,11,"((waiting[r]&&((r/2)==u)))", 1, 2, 0); /* m: 9 -> 13,0 */
	reached4[9] = 1;
	trans[4][9]	= settr(0,0,0,0,0,"assert((((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u)))",0,0,0);
	trans[4][10]	= settr(0,0,0,0,0,"assert((((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u)))",0,0,0);
	trans[4][11]	= settr(0,0,0,0,0,"waiting[r] = 0",0,0,0);
	trans[4][12]	= settr(0,0,0,0,0,"at[r] = leads[u]",0,0,0);
	trans[4][13]	= settr(186,2,20,12,12,"to_worker[leads[u]]!REQ,r", 1, 3, 0); /* m: 17 -> 20,0 */
	reached4[17] = 1;
	trans[4][16]	= settr(189,2,17,1,0,".(goto)", 1, 2, 0); /* m: 17 -> 0,20 */
	reached4[17] = 1;
	trans[4][14]	= settr(187,2,17,2,0,"else", 1, 2, 0);
	trans[4][17]	= settr(190,2,20,13,13,"r = (r+1)", 1, 2, 0);
	trans[4][18]	= settr(191,2,29,2,0,"else", 1, 2, 0);
	trans[4][19]	= settr(192,2,29,1,0,"goto :b6", 1, 2, 0); /* m: 29 -> 0,240 */
	reached4[29] = 1;
	trans[4][22]	= settr(195,2,29,1,0,"break", 1, 2, 0);
	trans[4][28]	= settr(201,2,29,1,0,".(goto)", 1, 2, 0); /* m: 29 -> 0,240 */
	reached4[29] = 1;
	trans[4][24]	= settr(197,0,240,14,14,"((route[u]==NO_ROUTE))", 1, 2, 0); /* m: 25 -> 240,0 */
	reached4[25] = 1;
	trans[4][25]	= settr(0,0,0,0,0,"route[u] = WANTING",0,0,0);
	trans[4][26]	= settr(199,2,29,2,0,"else", 1, 2, 0);
	trans[4][29]	= settr(202,0,240,15,15,"u = 0", 1, 2, 0); /* m: 30 -> 0,240 */
	reached4[30] = 1;
	trans[4][30]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][31]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][58] = settr(231,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(231,2,33,0,0,"ATOMIC", 1, 5, 0);
	trans[4][33]	= settr(206,2,38,16,0,"((((vault_here&&nfull(to_vault[vault_life]))&&((route[0]==WANTING)||(route[1]==WANTING)))&&(((state[0]==BLANK)||(state[1]==BLANK))||(state[2]==BLANK))))", 1, 5, 0);
	T = trans[4][38] = settr(211,2,0,0,0,"IF", 1, 5, 0);
	T = T->nxt	= settr(211,2,34,0,0,"IF", 1, 5, 0);
	    T->nxt	= settr(211,2,36,0,0,"IF", 1, 5, 0);
	trans[4][34]	= settr(207,2,49,17,17,"((route[0]==WANTING))", 1, 5, 0); /* m: 35 -> 49,0 */
	reached4[35] = 1;
	trans[4][35]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][39]	= settr(212,2,49,1,0,".(goto)", 1, 5, 0);
	trans[4][36]	= settr(209,2,49,18,18,"((route[1]==WANTING))", 1, 5, 0); /* m: 37 -> 49,0 */
	reached4[37] = 1;
	trans[4][37]	= settr(0,0,0,0,0,"u = 1",0,0,0);
	T = trans[4][49] = settr(222,2,0,0,0,"IF", 1, 5, 0);
	T = T->nxt	= settr(222,2,40,0,0,"IF", 1, 5, 0);
	    T->nxt	= settr(222,2,42,0,0,"IF", 1, 5, 0);
	trans[4][40]	= settr(213,2,54,19,19,"((state[0]==BLANK))", 1, 5, 0); /* m: 41 -> 54,0 */
	reached4[41] = 1;
	trans[4][41]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][50]	= settr(223,2,51,1,0,".(goto)", 1, 5, 0); /* m: 51 -> 0,54 */
	reached4[51] = 1;
	trans[4][42]	= settr(215,2,47,2,0,"else", 1, 5, 0);
	T = trans[4][47] = settr(220,2,0,0,0,"IF", 1, 5, 0);
	T = T->nxt	= settr(220,2,43,0,0,"IF", 1, 5, 0);
	    T->nxt	= settr(220,2,45,0,0,"IF", 1, 5, 0);
	trans[4][43]	= settr(216,2,54,20,20,"((state[1]==BLANK))", 1, 5, 0); /* m: 44 -> 54,0 */
	reached4[44] = 1;
	trans[4][44]	= settr(0,0,0,0,0,"w = 1",0,0,0);
	trans[4][48]	= settr(221,2,51,1,0,".(goto)", 1, 5, 0); /* m: 51 -> 0,54 */
	reached4[51] = 1;
	trans[4][45]	= settr(218,2,46,2,0,"else", 1, 5, 0);
	trans[4][46]	= settr(219,2,54,21,21,"w = 2", 1, 5, 0); /* m: 51 -> 0,54 */
	reached4[51] = 1;
	trans[4][51]	= settr(224,2,54,22,22,"state[w] = OFFERED", 1, 5, 0); /* m: 52 -> 0,54 */
	reached4[52] = 1;
	trans[4][52]	= settr(0,0,0,0,0,"leads[u] = w",0,0,0);
	trans[4][53]	= settr(0,0,0,0,0,"route[u] = ASKING",0,0,0);
	trans[4][54]	= settr(227,0,240,23,23,"to_vault[vault_life]!u,w", 1, 5, 0); /* m: 55 -> 240,0 */
	reached4[55] = 1;
	trans[4][55]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][56]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][57]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][106] = settr(279,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(279,2,59,0,0,"ATOMIC", 1, 506, 0);
	trans[4][59]	= settr(232,2,60,24,0,"((vault_here&&to_front[vault_life]?[BOUND,_,_]))", 1, 506, 0);
	trans[4][60]	= settr(233,2,70,25,25,"to_front[vault_life]?BOUND,u,w", 1, 506, 0);
	T = trans[4][70] = settr(243,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(243,2,61,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(243,2,69,0,0,"IF", 1, 506, 0);
	trans[4][61]	= settr(234,2,68,26,0,"((leads[u]!=w))", 1, 506, 0);
	T = trans[ 4][68] = settr(241,0,0,0,0,"sub-sequence", 1, 506, 0);
	T->nxt	= settr(241,0,65,0,0,"sub-sequence", 1, 506, 0);
	T = trans[4][65] = settr(238,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(238,2,62,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(238,2,64,0,0,"IF", 1, 506, 0);
	trans[4][62]	= settr(235,2,75,27,27,"((state[leads[u]]==OFFERED))", 1, 506, 0); /* m: 63 -> 75,0 */
	reached4[63] = 1;
	trans[4][63]	= settr(0,0,0,0,0,"state[leads[u]] = BLANK",0,0,0);
	trans[4][66]	= settr(239,2,67,1,0,".(goto)", 1, 506, 0); /* m: 67 -> 0,75 */
	reached4[67] = 1;
	trans[4][64]	= settr(237,2,67,2,0,"else", 1, 506, 0);
	trans[4][67]	= settr(240,2,75,28,28,"leads[u] = 7", 1, 506, 0);
	trans[4][71]	= settr(244,2,75,1,0,".(goto)", 1, 506, 0);
	trans[4][69]	= settr(242,2,75,2,0,"else", 1, 506, 0);
	T = trans[4][75] = settr(248,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(248,2,72,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(248,2,74,0,0,"IF", 1, 506, 0);
	trans[4][72]	= settr(245,2,101,29,29,"(((state[w]==OFFERED)||(state[w]==BLANK)))", 1, 506, 0); /* m: 73 -> 101,0 */
	reached4[73] = 1;
	trans[4][73]	= settr(0,0,0,0,0,"state[w] = AT_WORK",0,0,0);
	trans[4][76]	= settr(249,2,101,1,0,".(goto)", 1, 506, 0);
	trans[4][74]	= settr(247,2,101,2,0,"else", 1, 506, 0);
	T = trans[4][101] = settr(274,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(274,2,77,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(274,2,98,0,0,"IF", 1, 506, 0);
	trans[4][77]	= settr(250,2,97,30,30,"((state[w]==AT_WORK))", 1, 506, 0); /* m: 78 -> 97,0 */
	reached4[78] = 1;
	trans[4][78]	= settr(0,0,0,0,0,"route[u] = KNOWN",0,0,0);
	trans[4][79]	= settr(0,0,0,0,0,"leads[u] = w",0,0,0);
	T = trans[ 4][97] = settr(270,0,0,0,0,"sub-sequence", 1, 506, 0);
	T->nxt	= settr(270,0,80,0,0,"sub-sequence", 1, 506, 0);
	trans[4][80]	= settr(253,2,94,31,31,"r = 0", 1, 506, 0);
	trans[4][95]	= settr(268,2,94,1,0,".(goto)", 1, 506, 0);
	T = trans[4][94] = settr(267,2,0,0,0,"DO", 1, 506, 0);
	T = T->nxt	= settr(267,2,81,0,0,"DO", 1, 506, 0);
	    T->nxt	= settr(267,2,92,0,0,"DO", 1, 506, 0);
	trans[4][81]	= settr(254,2,89,32,0,"((r<=(3-1)))", 1, 506, 0);
	T = trans[4][89] = settr(262,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(262,2,82,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(262,2,88,0,0,"IF", 1, 506, 0);
	trans[4][82]	= settr(255,2,87,33,33,"((waiting[r]&&((r/2)==u)))", 1, 506, 0); /* m: 83 -> 87,0 */
	reached4[83] = 1;
	trans[4][83]	= settr(0,0,0,0,0,"assert((((at[0]==7)||(at[0]==leads[u]))||((0/2)!=u)))",0,0,0);
	trans[4][84]	= settr(0,0,0,0,0,"assert((((at[1]==7)||(at[1]==leads[u]))||((1/2)!=u)))",0,0,0);
	trans[4][85]	= settr(0,0,0,0,0,"waiting[r] = 0",0,0,0);
	trans[4][86]	= settr(0,0,0,0,0,"at[r] = leads[u]",0,0,0);
	trans[4][87]	= settr(260,2,94,34,34,"to_worker[leads[u]]!REQ,r", 1, 506, 0); /* m: 91 -> 94,0 */
	reached4[91] = 1;
	trans[4][90]	= settr(263,2,91,1,0,".(goto)", 1, 506, 0); /* m: 91 -> 0,94 */
	reached4[91] = 1;
	trans[4][88]	= settr(261,2,91,2,0,"else", 1, 506, 0);
	trans[4][91]	= settr(264,2,94,35,35,"r = (r+1)", 1, 506, 0);
	trans[4][92]	= settr(265,2,103,2,0,"else", 1, 506, 0);
	trans[4][93]	= settr(266,2,103,1,0,"goto :b7", 1, 506, 0); /* m: 103 -> 0,240 */
	reached4[103] = 1;
	trans[4][96]	= settr(269,2,103,1,0,"break", 1, 506, 0);
	trans[4][102]	= settr(275,2,103,1,0,".(goto)", 1, 506, 0); /* m: 103 -> 0,240 */
	reached4[103] = 1;
	trans[4][98]	= settr(271,2,99,2,0,"else", 1, 506, 0);
	trans[4][99]	= settr(272,0,240,36,36,"route[u] = WANTING", 1, 506, 0); /* m: 100 -> 0,240 */
	reached4[100] = 1;
	trans[4][100]	= settr(0,0,0,0,0,"leads[u] = 7",0,0,0);
	trans[4][103]	= settr(276,0,240,37,37,"u = 0", 1, 506, 0); /* m: 104 -> 0,240 */
	reached4[104] = 1;
	trans[4][104]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][105]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][120] = settr(293,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(293,2,107,0,0,"ATOMIC", 1, 506, 0);
	trans[4][107]	= settr(280,2,108,38,0,"((vault_here&&to_front[vault_life]?[BUSY,_,_]))", 1, 506, 0);
	trans[4][108]	= settr(281,2,115,39,39,"to_front[vault_life]?BUSY,u,w", 1, 506, 0);
	T = trans[ 4][115] = settr(288,0,0,0,0,"sub-sequence", 1, 506, 0);
	T->nxt	= settr(288,0,112,0,0,"sub-sequence", 1, 506, 0);
	T = trans[4][112] = settr(285,2,0,0,0,"IF", 1, 506, 0);
	T = T->nxt	= settr(285,2,109,0,0,"IF", 1, 506, 0);
	    T->nxt	= settr(285,2,111,0,0,"IF", 1, 506, 0);
	trans[4][109]	= settr(282,0,240,40,40,"((state[leads[u]]==OFFERED))", 1, 506, 0); /* m: 110 -> 240,0 */
	reached4[110] = 1;
	trans[4][110]	= settr(0,0,0,0,0,"state[leads[u]] = BLANK",0,0,0);
	trans[4][113]	= settr(286,2,114,1,0,".(goto)", 1, 506, 0); /* m: 114 -> 0,240 */
	reached4[114] = 1;
	trans[4][111]	= settr(284,2,114,2,0,"else", 1, 506, 0);
	trans[4][114]	= settr(287,0,240,41,41,"leads[u] = 7", 1, 506, 0); /* m: 116 -> 0,240 */
	reached4[116] = 1;
	trans[4][116]	= settr(0,0,0,0,0,"route[u] = WANTING",0,0,0);
	trans[4][117]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][118]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][119]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][147] = settr(320,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(320,2,121,0,0,"ATOMIC", 1, 1006, 0);
	trans[4][121]	= settr(294,2,143,42,0,"((((vault_here&&!(vault_up))&&(vault_life==life))&&empty(to_front[vault_life])))", 1, 1006, 0);
	T = trans[ 4][143] = settr(316,0,0,0,0,"sub-sequence", 1, 1006, 0);
	T->nxt	= settr(316,0,122,0,0,"sub-sequence", 1, 1006, 0);
	trans[4][122]	= settr(295,2,139,43,43,"u = 0", 1, 1006, 0);
	trans[4][140]	= settr(313,2,139,1,0,".(goto)", 1, 1006, 0);
	T = trans[4][139] = settr(312,2,0,0,0,"DO", 1, 1006, 0);
	T = T->nxt	= settr(312,2,123,0,0,"DO", 1, 1006, 0);
	    T->nxt	= settr(312,2,137,0,0,"DO", 1, 1006, 0);
	trans[4][123]	= settr(296,2,134,44,0,"((u<=(2-1)))", 1, 1006, 0);
	T = trans[4][134] = settr(307,2,0,0,0,"IF", 1, 1006, 0);
	T = T->nxt	= settr(307,2,124,0,0,"IF", 1, 1006, 0);
	    T->nxt	= settr(307,2,133,0,0,"IF", 1, 1006, 0);
	trans[4][124]	= settr(297,2,130,45,45,"((route[u]==ASKING))", 1, 1006, 0); /* m: 125 -> 130,0 */
	reached4[125] = 1;
	trans[4][125]	= settr(0,0,0,0,0,"route[u] = WANTING",0,0,0);
	T = trans[4][130] = settr(303,2,0,0,0,"IF", 1, 1006, 0);
	T = T->nxt	= settr(303,2,126,0,0,"IF", 1, 1006, 0);
	    T->nxt	= settr(303,2,129,0,0,"IF", 1, 1006, 0);
	trans[4][126]	= settr(299,2,139,46,46,"((state[leads[u]]==OFFERED))", 1, 1006, 0); /* m: 127 -> 139,0 */
	reached4[127] = 1;
	trans[4][127]	= settr(0,0,0,0,0,"condemned[leads[u]] = 1",0,0,0);
	trans[4][128]	= settr(0,0,0,0,0,"state[leads[u]] = GONE",0,0,0);
	trans[4][131]	= settr(304,2,132,1,0,".(goto)", 1, 1006, 0); /* m: 132 -> 0,139 */
	reached4[132] = 1;
	trans[4][129]	= settr(302,2,132,2,0,"else", 1, 1006, 0);
	trans[4][132]	= settr(305,2,139,47,47,"leads[u] = 7", 1, 1006, 0); /* m: 136 -> 0,139 */
	reached4[136] = 1;
	trans[4][135]	= settr(308,2,136,1,0,".(goto)", 1, 1006, 0); /* m: 136 -> 0,139 */
	reached4[136] = 1;
	trans[4][133]	= settr(306,2,136,2,0,"else", 1, 1006, 0);
	trans[4][136]	= settr(309,2,139,48,48,"u = (u+1)", 1, 1006, 0);
	trans[4][137]	= settr(310,2,142,2,0,"else", 1, 1006, 0);
	trans[4][138]	= settr(311,2,142,1,0,"goto :b8", 1, 1006, 0); /* m: 142 -> 0,240 */
	reached4[142] = 1;
	trans[4][141]	= settr(314,2,142,1,0,"break", 1, 1006, 0);
	trans[4][142]	= settr(315,0,240,49,49,"vault_here = 0", 1, 1006, 0); /* m: 144 -> 0,240 */
	reached4[144] = 1;
	trans[4][144]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][145]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][146]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][181] = settr(354,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(354,2,148,0,0,"ATOMIC", 1, 2, 0);
	trans[4][148]	= settr(321,2,173,50,0,"(peer_vault)", 1, 2, 0);
	T = trans[4][173] = settr(346,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(346,2,149,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(346,2,172,0,0,"IF", 1, 2, 0);
	trans[4][149]	= settr(322,2,171,51,0,"(vault_here)", 1, 2, 0);
	T = trans[ 4][171] = settr(344,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(344,0,150,0,0,"sub-sequence", 1, 2, 0);
	trans[4][150]	= settr(323,2,167,52,52,"u = 0", 1, 2, 0);
	trans[4][168]	= settr(341,2,167,1,0,".(goto)", 1, 2, 0);
	T = trans[4][167] = settr(340,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(340,2,151,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(340,2,165,0,0,"DO", 1, 2, 0);
	trans[4][151]	= settr(324,2,162,53,0,"((u<=(2-1)))", 1, 2, 0);
	T = trans[4][162] = settr(335,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(335,2,152,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(335,2,161,0,0,"IF", 1, 2, 0);
	trans[4][152]	= settr(325,2,158,54,54,"((route[u]==ASKING))", 1, 2, 0); /* m: 153 -> 158,0 */
	reached4[153] = 1;
	trans[4][153]	= settr(0,0,0,0,0,"route[u] = WANTING",0,0,0);
	T = trans[4][158] = settr(331,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(331,2,154,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(331,2,157,0,0,"IF", 1, 2, 0);
	trans[4][154]	= settr(327,2,167,55,55,"((state[leads[u]]==OFFERED))", 1, 2, 0); /* m: 155 -> 167,0 */
	reached4[155] = 1;
	trans[4][155]	= settr(0,0,0,0,0,"condemned[leads[u]] = 1",0,0,0);
	trans[4][156]	= settr(0,0,0,0,0,"state[leads[u]] = GONE",0,0,0);
	trans[4][159]	= settr(332,2,160,1,0,".(goto)", 1, 2, 0); /* m: 160 -> 0,167 */
	reached4[160] = 1;
	trans[4][157]	= settr(330,2,160,2,0,"else", 1, 2, 0);
	trans[4][160]	= settr(333,2,167,56,56,"leads[u] = 7", 1, 2, 0); /* m: 164 -> 0,167 */
	reached4[164] = 1;
	trans[4][163]	= settr(336,2,164,1,0,".(goto)", 1, 2, 0); /* m: 164 -> 0,167 */
	reached4[164] = 1;
	trans[4][161]	= settr(334,2,164,2,0,"else", 1, 2, 0);
	trans[4][164]	= settr(337,2,167,57,57,"u = (u+1)", 1, 2, 0);
	trans[4][165]	= settr(338,2,170,2,0,"else", 1, 2, 0);
	trans[4][166]	= settr(339,2,170,1,0,"goto :b9", 1, 2, 0); /* m: 170 -> 0,240 */
	reached4[170] = 1;
	trans[4][169]	= settr(342,2,170,1,0,"break", 1, 2, 0);
	trans[4][170]	= settr(343,0,240,58,58,"vault_here = 0", 1, 2, 0); /* m: 175 -> 0,240 */
	reached4[175] = 1;
	trans[4][174]	= settr(347,2,175,1,0,".(goto)", 1, 2, 0); /* m: 175 -> 0,240 */
	reached4[175] = 1;
	trans[4][172]	= settr(345,2,175,2,0,"else", 1, 2, 0);
	trans[4][175]	= settr(348,0,240,59,59,"peer_vault = 0", 1, 2, 0); /* m: 176 -> 0,240 */
	reached4[176] = 1;
	trans[4][176]	= settr(0,0,0,0,0,"vault_life = life",0,0,0);
	trans[4][177]	= settr(0,0,0,0,0,"vault_here = 1",0,0,0);
	trans[4][178]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][179]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][180]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][185] = settr(358,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(358,2,182,0,0,"ATOMIC", 1, 2, 0);
	trans[4][182]	= settr(355,4,291,60,60,"(from_worker[0]?[_,_])", 1, 2, 0); /* m: 183 -> 291,0 */
	reached4[183] = 1;
	trans[4][183]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][184]	= settr(357,0,291,1,0,"goto word", 1, 2, 0);
	T = trans[ 4][189] = settr(362,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(362,2,186,0,0,"ATOMIC", 1, 2, 0);
	trans[4][186]	= settr(359,4,291,61,61,"(from_worker[1]?[_,_])", 1, 2, 0); /* m: 187 -> 291,0 */
	reached4[187] = 1;
	trans[4][187]	= settr(0,0,0,0,0,"w = 1",0,0,0);
	trans[4][188]	= settr(361,0,291,1,0,"goto word", 1, 2, 0);
	T = trans[ 4][193] = settr(366,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(366,2,190,0,0,"ATOMIC", 1, 2, 0);
	trans[4][190]	= settr(363,4,291,62,62,"(from_worker[2]?[_,_])", 1, 2, 0); /* m: 191 -> 291,0 */
	reached4[191] = 1;
	trans[4][191]	= settr(0,0,0,0,0,"w = 2",0,0,0);
	trans[4][192]	= settr(365,0,291,1,0,"goto word", 1, 2, 0);
	T = trans[ 4][197] = settr(370,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(370,2,194,0,0,"ATOMIC", 1, 1004, 0);
	trans[4][194]	= settr(367,4,327,63,63,"((((state[0]!=GONE)&&!(alive[0]))&&empty(from_worker[0])))", 1, 1004, 0); /* m: 195 -> 327,0 */
	reached4[195] = 1;
	trans[4][195]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][196]	= settr(369,0,327,1,0,"goto ended", 1, 1004, 0);
	T = trans[ 4][201] = settr(374,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(374,2,198,0,0,"ATOMIC", 1, 1004, 0);
	trans[4][198]	= settr(371,4,327,64,64,"((((state[1]!=GONE)&&!(alive[1]))&&empty(from_worker[1])))", 1, 1004, 0); /* m: 199 -> 327,0 */
	reached4[199] = 1;
	trans[4][199]	= settr(0,0,0,0,0,"w = 1",0,0,0);
	trans[4][200]	= settr(373,0,327,1,0,"goto ended", 1, 1004, 0);
	T = trans[ 4][205] = settr(378,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(378,2,202,0,0,"ATOMIC", 1, 1004, 0);
	trans[4][202]	= settr(375,4,327,65,65,"((((state[2]!=GONE)&&!(alive[2]))&&empty(from_worker[2])))", 1, 1004, 0); /* m: 203 -> 327,0 */
	reached4[203] = 1;
	trans[4][203]	= settr(0,0,0,0,0,"w = 2",0,0,0);
	trans[4][204]	= settr(377,0,327,1,0,"goto ended", 1, 1004, 0);
	T = trans[ 4][233] = settr(406,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(406,2,206,0,0,"ATOMIC", 1, 2, 0);
	trans[4][206]	= settr(379,2,211,66,0,"(((((state[0]!=BLANK)&&(state[1]!=BLANK))&&(state[2]!=BLANK))&&(((route[0]==WANTING)&&(((0==0)&&(waiting[0]||waiting[1]))||((0==1)&&waiting[2])))||((route[1]==WANTING)&&(((1==0)&&(waiting[0]||waiting[1]))||((1==1)&&waiting[2]))))))", 1, 2, 0);
	T = trans[4][211] = settr(384,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(384,2,207,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(384,2,209,0,0,"IF", 1, 2, 0);
	trans[4][207]	= settr(380,2,226,67,67,"((route[0]==WANTING))", 1, 2, 0); /* m: 208 -> 226,0 */
	reached4[208] = 1;
	trans[4][208]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][212]	= settr(385,2,213,1,0,".(goto)", 1, 2, 0); /* m: 213 -> 0,226 */
	reached4[213] = 1;
	trans[4][209]	= settr(382,2,226,68,68,"((route[1]==WANTING))", 1, 2, 0); /* m: 210 -> 226,0 */
	reached4[210] = 1;
	trans[4][210]	= settr(0,0,0,0,0,"u = 1",0,0,0);
	trans[4][213]	= settr(386,2,226,69,69,"r = 0", 1, 2, 0);
	trans[4][227]	= settr(400,2,226,1,0,".(goto)", 1, 2, 0);
	T = trans[4][226] = settr(399,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(399,2,214,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(399,2,224,0,0,"DO", 1, 2, 0);
	trans[4][214]	= settr(387,2,221,70,0,"((r<=(3-1)))", 1, 2, 0);
	T = trans[4][221] = settr(394,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(394,2,215,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(394,2,220,0,0,"IF", 1, 2, 0);
	trans[4][215]	= settr(388,2,226,71,71,"((waiting[r]&&((r/2)==u)))", 1, 2, 0); /* m: 216 -> 226,0 */
	reached4[216] = 1;
	trans[4][216]	= settr(0,0,0,0,0,"waiting[r] = 0",0,0,0);
	trans[4][217]	= settr(0,0,0,0,0,"answers[r] = (answers[r]+1)",0,0,0);
	trans[4][218]	= settr(0,0,0,0,0,"assert((answers[r]==1))",0,0,0);
	trans[4][219]	= settr(0,0,0,0,0,"at[r] = 7",0,0,0);
	trans[4][222]	= settr(395,2,223,1,0,".(goto)", 1, 2, 0); /* m: 223 -> 0,226 */
	reached4[223] = 1;
	trans[4][220]	= settr(393,2,223,2,0,"else", 1, 2, 0);
	trans[4][223]	= settr(396,2,226,72,72,"r = (r+1)", 1, 2, 0);
	trans[4][224]	= settr(397,2,229,2,0,"else", 1, 2, 0);
	trans[4][225]	= settr(398,2,229,1,0,"goto :b10", 1, 2, 0); /* m: 229 -> 0,240 */
	reached4[229] = 1;
	trans[4][228]	= settr(401,2,229,1,0,"break", 1, 2, 0);
	trans[4][229]	= settr(402,0,240,73,73,"route[u] = NO_ROUTE", 1, 2, 0); /* m: 230 -> 0,240 */
	reached4[230] = 1;
	trans[4][230]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[4][231]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][232]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	T = trans[ 4][236] = settr(409,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(409,2,234,0,0,"ATOMIC", 1, 2, 0);
	trans[4][234]	= settr(407,0,240,74,74,"(((phase!=RUNNING)&&!(closed)))", 1, 2, 0); /* m: 235 -> 240,0 */
	reached4[235] = 1;
	trans[4][235]	= settr(0,0,0,0,0,"closed = 1",0,0,0);
	T = trans[ 4][239] = settr(412,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(412,2,237,0,0,"ATOMIC", 1, 2, 0);
	trans[4][237]	= settr(410,0,249,75,75,"((((((closed&&!((((0==0)&&(waiting[0]||waiting[1]))||((0==1)&&waiting[2]))))&&!((((1==0)&&(waiting[0]||waiting[1]))||((1==1)&&waiting[2]))))&&(at[0]==7))&&(at[1]==7))&&(at[2]==7)))", 1, 2, 0); /* m: 238 -> 249,0 */
	reached4[238] = 1;
	trans[4][238]	= settr(411,0,243,1,0,"goto :b5", 1, 2, 0); /* m: 243 -> 0,249 */
	reached4[243] = 1;
	trans[4][242]	= settr(415,0,243,1,0,"break", 0, 2, 0);
	trans[4][243]	= settr(416,0,249,76,76,"r = 0", 0, 2, 0);
	trans[4][250]	= settr(423,0,249,1,0,".(goto)", 0, 2, 0);
	T = trans[4][249] = settr(422,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(422,0,244,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(422,0,247,0,0,"DO", 0, 2, 0);
	trans[4][244]	= settr(417,0,245,77,0,"((r<=(3-1)))", 0, 2, 0);
	trans[4][245]	= settr(418,0,246,78,0,"assert((answers[r]==( ((r<taken)) -> (1) : (0) )))", 1, 2, 0);
	trans[4][246]	= settr(419,0,249,79,79,"r = (r+1)", 0, 2, 0);
	trans[4][247]	= settr(420,0,252,2,0,"else", 0, 2, 0);
	trans[4][248]	= settr(421,0,252,1,0,"goto :b11", 0, 2, 0);
	trans[4][251]	= settr(424,0,252,1,0,"break", 0, 2, 0);
	trans[4][252]	= settr(425,0,329,80,80,"front_up = 0", 1, 2, 0);
	trans[4][253]	= settr(426,0,329,1,0,"goto over", 0, 2, 0);
	T = trans[ 4][291] = settr(464,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(464,2,285,0,0,"ATOMIC", 1, 504, 3);
	T = trans[4][285] = settr(458,2,0,0,0,"IF", 1, 504, 3);
	T = T->nxt	= settr(458,2,254,0,0,"IF", 1, 504, 3);
	    T->nxt	= settr(458,2,263,0,0,"IF", 1, 504, 3);
	trans[4][254]	= settr(427,2,261,81,81,"from_worker[w]?RES,r", 1, 504, 3);
	T = trans[4][261] = settr(434,2,0,0,0,"IF", 1, 504, 3);
	T = T->nxt	= settr(434,2,255,0,0,"IF", 1, 504, 3);
	    T->nxt	= settr(434,2,256,0,0,"IF", 1, 504, 3);
	trans[4][255]	= settr(428,4,240,82,82,"((state[w]==GONE))", 1, 504, 3); /* m: 287 -> 240,0 */
	reached4[287] = 1;
	trans[4][262]	= settr(435,2,287,1,0,".(goto)", 1, 504, 3); /* m: 287 -> 0,240 */
	reached4[287] = 1;
	trans[4][256]	= settr(429,2,257,2,0,"else", 1, 504, 3);
	trans[4][257]	= settr(430,4,240,83,83,"assert(((at[r]==w)&&(user[w]==(r/2))))", 1, 504, 3); /* m: 258 -> 0,240 */
	reached4[258] = 1;
	trans[4][258]	= settr(0,0,0,0,0,"answers[r] = (answers[r]+1)",0,0,0);
	trans[4][259]	= settr(0,0,0,0,0,"assert((answers[r]==1))",0,0,0);
	trans[4][260]	= settr(0,0,0,0,0,"at[r] = 7",0,0,0);
	trans[4][286]	= settr(459,2,287,1,0,".(goto)", 1, 504, 3); /* m: 287 -> 0,240 */
	reached4[287] = 1;
	trans[4][263]	= settr(436,2,283,84,84,"from_worker[w]?IDLE,_", 1, 504, 3);
	T = trans[4][283] = settr(456,2,0,0,0,"IF", 1, 504, 3);
	T = T->nxt	= settr(456,2,264,0,0,"IF", 1, 504, 3);
	    T->nxt	= settr(456,2,282,0,0,"IF", 1, 504, 3);
	trans[4][264]	= settr(437,2,279,85,0,"(((state[w]==AT_WORK)&&!((((at[0]==w)||(at[1]==w))||(at[2]==w)))))", 1, 504, 3);
	T = trans[ 4][279] = settr(452,0,0,0,0,"sub-sequence", 1, 504, 3);
	T->nxt	= settr(452,0,265,0,0,"sub-sequence", 1, 504, 3);
	trans[4][265]	= settr(438,2,276,86,86,"u = 0", 1, 504, 3);
	trans[4][277]	= settr(450,2,276,1,0,".(goto)", 1, 504, 3);
	T = trans[4][276] = settr(449,2,0,0,0,"DO", 1, 504, 3);
	T = T->nxt	= settr(449,2,266,0,0,"DO", 1, 504, 3);
	    T->nxt	= settr(449,2,274,0,0,"DO", 1, 504, 3);
	trans[4][266]	= settr(439,2,271,87,0,"((u<=(2-1)))", 1, 504, 3);
	T = trans[4][271] = settr(444,2,0,0,0,"IF", 1, 504, 3);
	T = T->nxt	= settr(444,2,267,0,0,"IF", 1, 504, 3);
	    T->nxt	= settr(444,2,270,0,0,"IF", 1, 504, 3);
	trans[4][267]	= settr(440,2,276,88,88,"(((route[u]==KNOWN)&&(leads[u]==w)))", 1, 504, 3); /* m: 268 -> 276,0 */
	reached4[268] = 1;
	trans[4][268]	= settr(0,0,0,0,0,"route[u] = NO_ROUTE",0,0,0);
	trans[4][269]	= settr(0,0,0,0,0,"leads[u] = 7",0,0,0);
	trans[4][272]	= settr(445,2,273,1,0,".(goto)", 1, 504, 3); /* m: 273 -> 0,276 */
	reached4[273] = 1;
	trans[4][270]	= settr(443,2,273,2,0,"else", 1, 504, 3);
	trans[4][273]	= settr(446,2,276,89,89,"u = (u+1)", 1, 504, 3);
	trans[4][274]	= settr(447,2,280,2,0,"else", 1, 504, 3);
	trans[4][275]	= settr(448,2,280,1,0,"goto :b12", 1, 504, 3); /* m: 280 -> 0,281 */
	reached4[280] = 1;
	trans[4][278]	= settr(451,2,280,1,0,"break", 1, 504, 3);
	trans[4][280]	= settr(453,2,281,90,90,"state[w] = RETIRING", 1, 504, 3);
	trans[4][281]	= settr(454,4,240,91,91,"to_worker[w]!RETIRE,0", 1, 504, 3); /* m: 287 -> 240,0 */
	reached4[287] = 1;
	trans[4][284]	= settr(457,2,287,1,0,".(goto)", 1, 504, 3); /* m: 287 -> 0,240 */
	reached4[287] = 1;
	trans[4][282]	= settr(455,2,287,2,0,"else", 1, 504, 3);
	trans[4][287]	= settr(460,4,240,92,92,"u = 0", 1, 504, 3); /* m: 288 -> 0,240 */
	reached4[288] = 1;
	trans[4][288]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][289]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	trans[4][290]	= settr(463,0,240,1,0,"goto again", 1, 504, 3);
	T = trans[ 4][327] = settr(500,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(500,2,306,0,0,"ATOMIC", 1, 2, 0);
	T = trans[ 4][306] = settr(479,0,0,0,0,"sub-sequence", 1, 2, 0);
	T->nxt	= settr(479,0,292,0,0,"sub-sequence", 1, 2, 0);
	trans[4][292]	= settr(465,2,303,93,93,"u = 0", 1, 2, 0);
	trans[4][304]	= settr(477,2,303,1,0,".(goto)", 1, 2, 0);
	T = trans[4][303] = settr(476,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(476,2,293,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(476,2,301,0,0,"DO", 1, 2, 0);
	trans[4][293]	= settr(466,2,298,94,0,"((u<=(2-1)))", 1, 2, 0);
	T = trans[4][298] = settr(471,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(471,2,294,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(471,2,297,0,0,"IF", 1, 2, 0);
	trans[4][294]	= settr(467,2,303,95,95,"(((route[u]==KNOWN)&&(leads[u]==w)))", 1, 2, 0); /* m: 295 -> 303,0 */
	reached4[295] = 1;
	trans[4][295]	= settr(0,0,0,0,0,"route[u] = NO_ROUTE",0,0,0);
	trans[4][296]	= settr(0,0,0,0,0,"leads[u] = 7",0,0,0);
	trans[4][299]	= settr(472,2,300,1,0,".(goto)", 1, 2, 0); /* m: 300 -> 0,303 */
	reached4[300] = 1;
	trans[4][297]	= settr(470,2,300,2,0,"else", 1, 2, 0);
	trans[4][300]	= settr(473,2,303,96,96,"u = (u+1)", 1, 2, 0);
	trans[4][301]	= settr(474,2,307,2,0,"else", 1, 2, 0);
	trans[4][302]	= settr(475,2,307,1,0,"goto :b13", 1, 2, 0); /* m: 307 -> 0,321 */
	reached4[307] = 1;
	trans[4][305]	= settr(478,2,307,1,0,"break", 1, 2, 0);
	trans[4][307]	= settr(480,2,321,97,97,"state[w] = GONE", 1, 2, 0); /* m: 308 -> 0,321 */
	reached4[308] = 1;
	trans[4][308]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	trans[4][322]	= settr(495,2,321,1,0,".(goto)", 1, 2, 0);
	T = trans[4][321] = settr(494,2,0,0,0,"DO", 1, 2, 0);
	T = T->nxt	= settr(494,2,309,0,0,"DO", 1, 2, 0);
	    T->nxt	= settr(494,2,319,0,0,"DO", 1, 2, 0);
	trans[4][309]	= settr(482,2,316,98,0,"((r<=(3-1)))", 1, 2, 0);
	T = trans[4][316] = settr(489,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(489,2,310,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(489,2,315,0,0,"IF", 1, 2, 0);
	trans[4][310]	= settr(483,2,321,99,99,"((at[r]==w))", 1, 2, 0); /* m: 311 -> 321,0 */
	reached4[311] = 1;
	trans[4][311]	= settr(0,0,0,0,0,"assert(crashed[w])",0,0,0);
	trans[4][312]	= settr(0,0,0,0,0,"answers[r] = (answers[r]+1)",0,0,0);
	trans[4][313]	= settr(0,0,0,0,0,"assert((answers[r]==1))",0,0,0);
	trans[4][314]	= settr(0,0,0,0,0,"at[r] = 7",0,0,0);
	trans[4][317]	= settr(490,2,318,1,0,".(goto)", 1, 2, 0); /* m: 318 -> 0,321 */
	reached4[318] = 1;
	trans[4][315]	= settr(488,2,318,2,0,"else", 1, 2, 0);
	trans[4][318]	= settr(491,2,321,100,100,"r = (r+1)", 1, 2, 0);
	trans[4][319]	= settr(492,2,324,2,0,"else", 1, 2, 0);
	trans[4][320]	= settr(493,2,324,1,0,"goto :b14", 1, 2, 0); /* m: 324 -> 0,240 */
	reached4[324] = 1;
	trans[4][323]	= settr(496,2,324,1,0,"break", 1, 2, 0);
	trans[4][324]	= settr(497,4,240,101,101,"u = 0", 1, 2, 0); /* m: 325 -> 0,240 */
	reached4[325] = 1;
	trans[4][325]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[4][326]	= settr(0,0,0,0,0,"r = 0",0,0,0);
	trans[4][328]	= settr(501,0,240,1,0,"goto loop", 0, 2, 0);
	trans[4][329]	= settr(502,0,330,1,0,"(1)", 0, 2, 0);
	trans[4][330]	= settr(503,0,0,102,102,"-end-", 0, 3500, 0);

	/* proctype 3: Supervisor */

	trans[3] = (Trans **) emalloc(60*sizeof(Trans *));

	trans[3][57]	= settr(171,0,56,1,0,".(goto)", 0, 2, 0);
	T = trans[3][56] = settr(170,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,5,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,9,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,13,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,17,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,20,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,23,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,26,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,46,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,49,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(170,0,52,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(170,0,55,0,0,"DO", 0, 2, 0);
	T = trans[ 3][5] = settr(119,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(119,2,1,0,0,"ATOMIC", 1, 507, 0);
	trans[3][1]	= settr(115,0,56,103,103,"to_supervisor?w,u", 1, 507, 0); /* m: 2 -> 56,0 */
	reached3[2] = 1;
	trans[3][2]	= settr(0,0,0,0,0,"bound[w] = u",0,0,0);
	trans[3][3]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[3][4]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	T = trans[ 3][9] = settr(123,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(123,2,6,0,0,"ATOMIC", 1, 2, 0);
	trans[3][6]	= settr(120,0,56,104,104,"((condemned[0]&&alive[0]))", 1, 2, 0); /* m: 7 -> 56,0 */
	reached3[7] = 1;
	trans[3][7]	= settr(0,0,0,0,0,"alive[0] = 0",0,0,0);
	trans[3][8]	= settr(0,0,0,0,0,"crashed[0] = 1",0,0,0);
	T = trans[ 3][13] = settr(127,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(127,2,10,0,0,"ATOMIC", 1, 2, 0);
	trans[3][10]	= settr(124,0,56,105,105,"((condemned[1]&&alive[1]))", 1, 2, 0); /* m: 11 -> 56,0 */
	reached3[11] = 1;
	trans[3][11]	= settr(0,0,0,0,0,"alive[1] = 0",0,0,0);
	trans[3][12]	= settr(0,0,0,0,0,"crashed[1] = 1",0,0,0);
	T = trans[ 3][17] = settr(131,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(131,2,14,0,0,"ATOMIC", 1, 2, 0);
	trans[3][14]	= settr(128,0,56,106,106,"((condemned[2]&&alive[2]))", 1, 2, 0); /* m: 15 -> 56,0 */
	reached3[15] = 1;
	trans[3][15]	= settr(0,0,0,0,0,"alive[2] = 0",0,0,0);
	trans[3][16]	= settr(0,0,0,0,0,"crashed[2] = 1",0,0,0);
	T = trans[ 3][20] = settr(134,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(134,2,18,0,0,"ATOMIC", 1, 2, 0);
	trans[3][18]	= settr(132,0,56,107,107,"((!(alive[0])&&!(reaped[0])))", 1, 2, 0); /* m: 19 -> 56,0 */
	reached3[19] = 1;
	trans[3][19]	= settr(0,0,0,0,0,"reaped[0] = 1",0,0,0);
	T = trans[ 3][23] = settr(137,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(137,2,21,0,0,"ATOMIC", 1, 2, 0);
	trans[3][21]	= settr(135,0,56,108,108,"((!(alive[1])&&!(reaped[1])))", 1, 2, 0); /* m: 22 -> 56,0 */
	reached3[22] = 1;
	trans[3][22]	= settr(0,0,0,0,0,"reaped[1] = 1",0,0,0);
	T = trans[ 3][26] = settr(140,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(140,2,24,0,0,"ATOMIC", 1, 2, 0);
	trans[3][24]	= settr(138,0,56,109,109,"((!(alive[2])&&!(reaped[2])))", 1, 2, 0); /* m: 25 -> 56,0 */
	reached3[25] = 1;
	trans[3][25]	= settr(0,0,0,0,0,"reaped[2] = 1",0,0,0);
	T = trans[ 3][46] = settr(160,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(160,2,27,0,0,"ATOMIC", 1, 1007, 0);
	trans[3][27]	= settr(141,2,40,110,110,"((!(vault_up)&&empty(to_supervisor)))", 1, 1007, 0); /* m: 28 -> 40,0 */
	reached3[28] = 1;
	trans[3][28]	= settr(0,0,0,0,0,"life = 1",0,0,0);
	trans[3][29]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[3][41]	= settr(155,2,40,1,0,".(goto)", 1, 1007, 0);
	T = trans[3][40] = settr(154,2,0,0,0,"DO", 1, 1007, 0);
	T = T->nxt	= settr(154,2,30,0,0,"DO", 1, 1007, 0);
	    T->nxt	= settr(154,2,38,0,0,"DO", 1, 1007, 0);
	trans[3][30]	= settr(144,2,35,111,111,"((w<=(3-1)))", 1, 1007, 0); /* m: 31 -> 35,0 */
	reached3[31] = 1;
	trans[3][31]	= settr(0,0,0,0,0,"sees[w] = !(reaped[w])",0,0,0);
	T = trans[3][35] = settr(149,2,0,0,0,"IF", 1, 1007, 0);
	T = T->nxt	= settr(149,2,32,0,0,"IF", 1, 1007, 0);
	    T->nxt	= settr(149,2,34,0,0,"IF", 1, 1007, 0);
	trans[3][32]	= settr(146,2,40,112,112,"((!(reaped[w])&&(bound[w]!=7)))", 1, 1007, 0); /* m: 33 -> 40,0 */
	reached3[33] = 1;
	trans[3][33]	= settr(0,0,0,0,0,"owner[bound[w]] = w",0,0,0);
	trans[3][36]	= settr(150,2,37,1,0,".(goto)", 1, 1007, 0); /* m: 37 -> 0,40 */
	reached3[37] = 1;
	trans[3][34]	= settr(148,2,37,2,0,"else", 1, 1007, 0);
	trans[3][37]	= settr(151,2,40,113,113,"w = (w+1)", 1, 1007, 0);
	trans[3][38]	= settr(152,2,43,2,0,"else", 1, 1007, 0);
	trans[3][39]	= settr(153,2,43,1,0,"goto :b4", 1, 1007, 0); /* m: 43 -> 0,56 */
	reached3[43] = 1;
	trans[3][42]	= settr(156,2,43,1,0,"break", 1, 1007, 0);
	trans[3][43]	= settr(157,0,56,114,114,"w = 0", 1, 1007, 0); /* m: 44 -> 0,56 */
	reached3[44] = 1;
	trans[3][44]	= settr(0,0,0,0,0,"vault_up = 1",0,0,0);
	trans[3][45]	= settr(0,0,0,0,0,"peer_vault = 1",0,0,0);
	T = trans[ 3][49] = settr(163,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(163,2,47,0,0,"ATOMIC", 1, 2, 0);
	trans[3][47]	= settr(161,0,56,115,115,"(((phase==RUNNING)&&vault_up))", 1, 2, 0); /* m: 48 -> 56,0 */
	reached3[48] = 1;
	trans[3][48]	= settr(0,0,0,0,0,"phase = DRAIN_FRONT",0,0,0);
	T = trans[ 3][52] = settr(166,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(166,2,50,0,0,"ATOMIC", 1, 2, 0);
	trans[3][50]	= settr(164,0,56,116,116,"(((phase==DRAIN_FRONT)&&!(front_up)))", 1, 2, 0); /* m: 51 -> 56,0 */
	reached3[51] = 1;
	trans[3][51]	= settr(0,0,0,0,0,"phase = DRAIN_WORKERS",0,0,0);
	T = trans[ 3][55] = settr(169,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(169,2,53,0,0,"ATOMIC", 1, 2, 0);
	trans[3][53]	= settr(167,4,59,117,117,"(((((phase==DRAIN_WORKERS)&&!(alive[0]))&&!(alive[1]))&&!(alive[2])))", 1, 2, 0); /* m: 54 -> 59,0 */
	reached3[54] = 1;
	trans[3][54]	= settr(168,0,59,1,0,"goto :b3", 1, 2, 0);
	trans[3][58]	= settr(172,0,59,1,0,"break", 0, 2, 0);
	trans[3][59]	= settr(173,0,0,118,118,"-end-", 0, 3500, 0);

	/* proctype 2: Vault */

	trans[2] = (Trans **) emalloc(72*sizeof(Trans *));

	trans[2][49]	= settr(92,0,48,1,0,".(goto)", 0, 2, 0);
	T = trans[2][48] = settr(91,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(91,0,3,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(91,0,34,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(91,0,39,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(91,0,44,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(91,0,47,0,0,"DO", 0, 2, 0);
	T = trans[ 2][3] = settr(46,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(46,2,1,0,0,"ATOMIC", 1, 505, 0);
	trans[2][1]	= settr(44,2,2,119,0,"((vault_up&&to_vault[life]?[_,_]))", 1, 505, 0);
	trans[2][2]	= settr(45,0,28,120,120,"to_vault[life]?u,w", 1, 505, 0);
	T = trans[2][28] = settr(71,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(71,0,4,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(71,0,6,0,0,"IF", 0, 2, 0);
	trans[2][4]	= settr(47,0,5,121,0,"(((owner[u]!=7)&&1))", 1, 2, 0);
	trans[2][5]	= settr(48,0,48,122,122,"to_front[life]!BOUND,u,owner[u]", 1, 6, 0);
	trans[2][29]	= settr(72,0,48,1,0,".(goto)", 0, 2, 0);
	trans[2][6]	= settr(49,0,26,2,0,"else", 0, 2, 0);
	T = trans[2][26] = settr(69,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(69,0,7,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(69,0,9,0,0,"IF", 0, 2, 0);
	trans[2][7]	= settr(50,0,8,123,0,"(((!(sees[w])||(owner[0]==w))||(owner[1]==w)))", 1, 2, 0);
	trans[2][8]	= settr(51,0,48,124,124,"to_front[life]!BUSY,u,w", 1, 6, 0);
	trans[2][27]	= settr(70,0,48,1,0,".(goto)", 0, 2, 0);
	trans[2][9]	= settr(52,0,13,2,0,"else", 0, 2, 0);
	T = trans[ 2][13] = settr(56,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(56,2,10,0,0,"ATOMIC", 1, 2, 0);
	trans[2][10]	= settr(53,4,17,125,125,"assert(((!(((((0!=w)&&alive[0])&&!(condemned[0]))&&(user[0]==u)))&&!(((((1!=w)&&alive[1])&&!(condemned[1]))&&(user[1]==u))))&&!(((((2!=w)&&alive[2])&&!(condemned[2]))&&(user[2]==u)))))", 1, 2, 0); /* m: 11 -> 0,17 */
	reached2[11] = 1;
	trans[2][11]	= settr(0,0,0,0,0,"owner[u] = w",0,0,0);
	trans[2][12]	= settr(0,0,0,0,0,"user[w] = u",0,0,0);
	T = trans[2][17] = settr(60,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(60,0,14,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(60,0,16,0,0,"IF", 0, 2, 0);
	trans[2][14]	= settr(57,0,70,126,0,"(((vault_crashes>0)&&(phase==RUNNING)))", 1, 2, 0);
	trans[2][15]	= settr(58,0,70,1,0,"goto dies", 0, 2, 0);
	trans[2][18]	= settr(61,0,19,1,0,".(goto)", 0, 2, 0);
	trans[2][16]	= settr(59,0,19,1,0,"(1)", 0, 2, 0);
	trans[2][19]	= settr(62,0,23,127,127,"to_supervisor!w,u", 1, 7, 0);
	T = trans[2][23] = settr(66,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(66,0,20,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(66,0,22,0,0,"IF", 0, 2, 0);
	trans[2][20]	= settr(63,0,70,128,0,"(((vault_crashes>0)&&(phase==RUNNING)))", 1, 2, 0);
	trans[2][21]	= settr(64,0,70,1,0,"goto dies", 0, 2, 0);
	trans[2][24]	= settr(67,0,25,1,0,".(goto)", 0, 2, 0);
	trans[2][22]	= settr(65,0,25,1,0,"(1)", 0, 2, 0);
	trans[2][25]	= settr(68,0,48,129,129,"to_front[life]!BOUND,u,w", 1, 6, 0);
	T = trans[ 2][34] = settr(77,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(77,2,30,0,0,"ATOMIC", 1, 2, 0);
	trans[2][30]	= settr(73,4,62,130,130,"(((vault_up&&sees[0])&&!(alive[0])))", 1, 2, 0); /* m: 31 -> 62,0 */
	reached2[31] = 1;
	trans[2][31]	= settr(0,0,0,0,0,"sees[0] = 0",0,0,0);
	trans[2][32]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[2][33]	= settr(76,0,62,1,0,"goto free", 1, 2, 0);
	T = trans[ 2][39] = settr(82,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(82,2,35,0,0,"ATOMIC", 1, 2, 0);
	trans[2][35]	= settr(78,4,62,131,131,"(((vault_up&&sees[1])&&!(alive[1])))", 1, 2, 0); /* m: 36 -> 62,0 */
	reached2[36] = 1;
	trans[2][36]	= settr(0,0,0,0,0,"sees[1] = 0",0,0,0);
	trans[2][37]	= settr(0,0,0,0,0,"w = 1",0,0,0);
	trans[2][38]	= settr(81,0,62,1,0,"goto free", 1, 2, 0);
	T = trans[ 2][44] = settr(87,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(87,2,40,0,0,"ATOMIC", 1, 2, 0);
	trans[2][40]	= settr(83,4,62,132,132,"(((vault_up&&sees[2])&&!(alive[2])))", 1, 2, 0); /* m: 41 -> 62,0 */
	reached2[41] = 1;
	trans[2][41]	= settr(0,0,0,0,0,"sees[2] = 0",0,0,0);
	trans[2][42]	= settr(0,0,0,0,0,"w = 2",0,0,0);
	trans[2][43]	= settr(86,0,62,1,0,"goto free", 1, 2, 0);
	T = trans[ 2][47] = settr(90,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(90,2,45,0,0,"ATOMIC", 1, 2, 0);
	trans[2][45]	= settr(88,4,70,133,133,"(((vault_up&&(vault_crashes>0))&&(phase==RUNNING)))", 1, 2, 0); /* m: 46 -> 70,0 */
	reached2[46] = 1;
	trans[2][46]	= settr(89,0,70,1,0,"goto dies", 1, 2, 0);
	trans[2][50]	= settr(93,0,62,1,0,"break", 0, 2, 0);
	T = trans[ 2][62] = settr(105,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(105,2,54,0,0,"ATOMIC", 1, 2, 0);
	T = trans[2][54] = settr(97,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(97,2,51,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(97,2,53,0,0,"IF", 1, 2, 0);
	trans[2][51]	= settr(94,2,59,134,134,"((owner[0]==w))", 1, 2, 0); /* m: 52 -> 59,0 */
	reached2[52] = 1;
	trans[2][52]	= settr(0,0,0,0,0,"owner[0] = 7",0,0,0);
	trans[2][55]	= settr(98,2,59,1,0,".(goto)", 1, 2, 0);
	trans[2][53]	= settr(96,2,59,2,0,"else", 1, 2, 0);
	T = trans[2][59] = settr(102,2,0,0,0,"IF", 1, 2, 0);
	T = T->nxt	= settr(102,2,56,0,0,"IF", 1, 2, 0);
	    T->nxt	= settr(102,2,58,0,0,"IF", 1, 2, 0);
	trans[2][56]	= settr(99,4,48,135,135,"((owner[1]==w))", 1, 2, 0); /* m: 57 -> 48,0 */
	reached2[57] = 1;
	trans[2][57]	= settr(0,0,0,0,0,"owner[1] = 7",0,0,0);
	trans[2][60]	= settr(103,4,48,136,136,".(goto)", 1, 2, 0); /* m: 61 -> 0,48 */
	reached2[61] = 1;
	trans[2][58]	= settr(101,2,60,2,0,"else", 1, 2, 0);
	trans[2][61]	= settr(104,0,48,1,0,"goto end", 1, 2, 0);
	T = trans[ 2][70] = settr(113,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(113,2,63,0,0,"ATOMIC", 1, 2, 0);
	trans[2][63]	= settr(106,4,48,137,137,"vault_crashes = (vault_crashes-1)", 1, 2, 0); /* m: 64 -> 0,48 */
	reached2[64] = 1;
	trans[2][64]	= settr(0,0,0,0,0,"vault_up = 0",0,0,0);
	trans[2][65]	= settr(0,0,0,0,0,"owner[0] = 7",0,0,0);
	trans[2][66]	= settr(0,0,0,0,0,"owner[1] = 7",0,0,0);
	trans[2][67]	= settr(0,0,0,0,0,"u = 0",0,0,0);
	trans[2][68]	= settr(0,0,0,0,0,"w = 0",0,0,0);
	trans[2][69]	= settr(112,0,48,1,0,"goto end", 1, 2, 0);
	trans[2][71]	= settr(0,0,0,0,0,"-end-",0,0,0);

	/* proctype 1: Fate */

	trans[1] = (Trans **) emalloc(14*sizeof(Trans *));

	trans[1][1]	= settr(31,0,5,138,138,"w = 0", 0, 2, 0);
	trans[1][6]	= settr(36,0,5,1,0,".(goto)", 0, 2, 0);
	T = trans[1][5] = settr(35,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(35,0,4,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(35,0,2,0,0,"DO", 0, 2, 0);
	trans[1][4]	= settr(34,0,12,1,0,"goto :b1", 0, 2, 0);
	trans[1][2]	= settr(32,0,5,139,139,"((w<(3-1)))", 0, 2, 0); /* m: 3 -> 5,0 */
	reached1[3] = 1;
	trans[1][3]	= settr(0,0,0,0,0,"w = (w+1)",0,0,0);
	trans[1][7]	= settr(37,0,12,1,0,"break", 0, 2, 0);
	T = trans[ 1][12] = settr(42,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(42,2,8,0,0,"ATOMIC", 1, 2, 0);
	trans[1][8]	= settr(38,4,13,140,140,"(((crashes>0)&&alive[w]))", 1, 2, 0); /* m: 9 -> 13,0 */
	reached1[9] = 1;
	trans[1][9]	= settr(0,0,0,0,0,"crashes = (crashes-1)",0,0,0);
	trans[1][10]	= settr(0,0,0,0,0,"crashed[w] = 1",0,0,0);
	trans[1][11]	= settr(0,0,0,0,0,"alive[w] = 0",0,0,0);
	trans[1][13]	= settr(43,0,0,141,141,"-end-", 0, 3500, 0);

	/* proctype 0: Worker */

	trans[0] = (Trans **) emalloc(32*sizeof(Trans *));

	trans[0][29]	= settr(28,0,28,1,0,".(goto)", 0, 2, 0);
	T = trans[0][28] = settr(27,0,0,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(27,0,4,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(27,0,15,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(27,0,18,0,0,"DO", 0, 2, 0);
	T = T->nxt	= settr(27,0,23,0,0,"DO", 0, 2, 0);
	    T->nxt	= settr(27,0,27,0,0,"DO", 0, 2, 0);
	T = trans[ 0][4] = settr(3,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(3,2,1,0,0,"ATOMIC", 1, 503, 0);
	trans[0][1]	= settr(0,2,2,142,0,"(((alive[w]&&(user[w]!=7))&&to_worker[w]?[REQ,_]))", 1, 503, 0);
	trans[0][2]	= settr(1,4,10,143,143,"to_worker[w]?REQ,r", 1, 503, 0); /* m: 3 -> 10,0 */
	reached0[3] = 1;
	trans[0][3]	= settr(0,0,0,0,0,"idle = 0",0,0,0);
	T = trans[0][10] = settr(9,0,0,0,0,"IF", 0, 2, 0);
	T = T->nxt	= settr(9,0,8,0,0,"IF", 0, 2, 0);
	    T->nxt	= settr(9,0,9,0,0,"IF", 0, 2, 0);
	T = trans[ 0][8] = settr(7,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(7,2,5,0,0,"ATOMIC", 1, 4, 0);
	trans[0][5]	= settr(4,2,7,144,144,"(alive[w])", 1, 4, 0); /* m: 6 -> 7,0 */
	reached0[6] = 1;
	trans[0][6]	= settr(0,0,0,0,0,"assert((user[w]==(r/2)))",0,0,0);
	trans[0][7]	= settr(6,0,28,145,145,"from_worker[w]!RES,r", 1, 4, 0);
	trans[0][11]	= settr(10,0,28,1,0,".(goto)", 0, 2, 0);
	trans[0][9]	= settr(8,0,28,146,0,"(!(alive[w]))", 1, 2, 0);
	T = trans[ 0][15] = settr(14,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(14,2,12,0,0,"ATOMIC", 1, 1003, 4);
	trans[0][12]	= settr(11,2,14,147,147,"((((alive[w]&&(user[w]!=7))&&!(idle))&&empty(to_worker[w])))", 1, 1003, 4); /* m: 13 -> 14,0 */
	reached0[13] = 1;
	trans[0][13]	= settr(0,0,0,0,0,"idle = 1",0,0,0);
	trans[0][14]	= settr(13,0,28,148,148,"from_worker[w]!IDLE,0", 1, 1003, 4);
	T = trans[ 0][18] = settr(17,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(17,2,16,0,0,"ATOMIC", 1, 503, 0);
	trans[0][16]	= settr(15,2,17,149,0,"((alive[w]&&to_worker[w]?[RETIRE,_]))", 1, 503, 0);
	trans[0][17]	= settr(16,0,19,150,150,"to_worker[w]?RETIRE,_", 1, 503, 0);
	trans[0][19]	= settr(18,0,31,151,151,"alive[w] = 0", 1, 2, 0);
	trans[0][20]	= settr(19,0,31,1,0,"goto :b0", 0, 2, 0);
	T = trans[ 0][23] = settr(22,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(22,2,21,0,0,"ATOMIC", 1, 2, 0);
	trans[0][21]	= settr(20,0,31,152,152,"((alive[w]&&(phase==DRAIN_WORKERS)))", 1, 2, 0); /* m: 22 -> 31,0 */
	reached0[22] = 1;
	trans[0][22]	= settr(0,0,0,0,0,"alive[w] = 0",0,0,0);
	trans[0][24]	= settr(23,0,31,1,0,"goto :b0", 0, 2, 0);
	T = trans[ 0][27] = settr(26,2,0,0,0,"ATOMIC", 1, 2, 0);
	T->nxt	= settr(26,2,25,0,0,"ATOMIC", 1, 2, 0);
	trans[0][25]	= settr(24,4,31,153,153,"(!(alive[w]))", 1, 2, 0); /* m: 26 -> 31,0 */
	reached0[26] = 1;
	trans[0][26]	= settr(25,0,31,1,0,"goto :b0", 1, 2, 0);
	trans[0][30]	= settr(29,0,31,1,0,"break", 0, 2, 0);
	trans[0][31]	= settr(30,0,0,154,154,"-end-", 0, 3500, 0);
	/* np_ demon: */
	trans[_NP_] = (Trans **) emalloc(3*sizeof(Trans *));
	T = trans[_NP_][0] = settr(9997,0,1,_T5,0,"(np_)", 1,2,0);
	    T->nxt	  = settr(9998,0,0,_T2,0,"(1)",   0,2,0);
	T = trans[_NP_][1] = settr(9999,0,1,_T5,0,"(np_)", 1,2,0);
}

Trans *
settr(	int t_id, int a, int b, int c, int d,
	char *t, int g, int tpe0, int tpe1)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	tmp->atom  = a&(6|32);	/* only (2|8|32) have meaning */
	if (!g) tmp->atom |= 8;	/* no global references */
	tmp->st    = b;
	tmp->tpe[0] = tpe0;
	tmp->tpe[1] = tpe1;
	tmp->tp    = t;
	tmp->t_id  = t_id;
	tmp->forw  = c;
	tmp->back  = d;
	return tmp;
}

Trans *
cpytr(Trans *a)
{	Trans *tmp = (Trans *) emalloc(sizeof(Trans));

	int i;
	tmp->atom  = a->atom;
	tmp->st    = a->st;
#ifdef HAS_UNLESS
	tmp->e_trans = a->e_trans;
	for (i = 0; i < HAS_UNLESS; i++)
		tmp->escp[i] = a->escp[i];
#endif
	tmp->tpe[0] = a->tpe[0];
	tmp->tpe[1] = a->tpe[1];
	for (i = 0; i < 6; i++)
	{	tmp->qu[i] = a->qu[i];
		tmp->ty[i] = a->ty[i];
	}
	tmp->tp    = (char *) emalloc(strlen(a->tp)+1);
	strcpy(tmp->tp, a->tp);
	tmp->t_id  = a->t_id;
	tmp->forw  = a->forw;
	tmp->back  = a->back;
	return tmp;
}

#ifndef NOREDUCE
int
srinc_set(int n)
{	if (n <= 2) return LOCAL;
	if (n <= 2+  DELTA) return Q_FULL_F; /* 's' or nfull  */
	if (n <= 2+2*DELTA) return Q_EMPT_F; /* 'r' or nempty */
	if (n <= 2+3*DELTA) return Q_EMPT_T; /* empty */
	if (n <= 2+4*DELTA) return Q_FULL_T; /* full  */
	if (n ==   5*DELTA) return GLOBAL;
	if (n ==   6*DELTA) return TIMEOUT_F;
	if (n ==   7*DELTA) return ALPHA_F;
	Uerror("cannot happen srinc_class");
	return BAD;
}
int
srunc(int n, int m)
{	switch(m) {
	case Q_FULL_F: return n-2;
	case Q_EMPT_F: return n-2-DELTA;
	case Q_EMPT_T: return n-2-2*DELTA;
	case Q_FULL_T: return n-2-3*DELTA;
	case ALPHA_F:
	case TIMEOUT_F: return 257; /* non-zero, and > MAXQ */
	}
	Uerror("cannot happen srunc");
	return 0;
}
#endif
int cnt;
#ifdef HAS_UNLESS
int
isthere(Trans *a, int b)
{	Trans *t;
	for (t = a; t; t = t->nxt)
		if (t->t_id == b)
			return 1;
	return 0;
}
#endif
#ifndef NOREDUCE
int
mark_safety(Trans *t) /* for conditional safety */
{	int g = 0, i, j, k;

	if (!t) return 0;
	if (t->qu[0])
		return (t->qu[1])?2:1;	/* marked */

	for (i = 0; i < 2; i++)
	{	j = srinc_set(t->tpe[i]);
		if (j >= GLOBAL && j != ALPHA_F)
			return -1;
		if (j != LOCAL)
		{	k = srunc(t->tpe[i], j);
			if (g == 0
			||  t->qu[0] != k
			||  t->ty[0] != j)
			{	t->qu[g] = k;
				t->ty[g] = j;
				g++;
	}	}	}
	return g;
}
#endif
void
retrans(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
	/* process n, with m states, is=initial state */
{	Trans *T0, *T1, *T2, *T3;
	Trans *T4, *T5; /* t_reverse or has_unless */
	int i;
#if defined(HAS_UNLESS) || !defined(NOREDUCE)
	int k;
#endif
#ifndef NOREDUCE
	int g, h, j, aa;
#endif
#ifdef HAS_UNLESS
	int p;
#endif
	if (state_tables >= 4)
	{	printf("STEP 1 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	do {
		for (i = 1, cnt = 0; i < m; i++)
		{	T2 = trans[n][i];
			T1 = T2?T2->nxt:(Trans *)0;
/* prescan: */		for (T0 = T1; T0; T0 = T0->nxt)
/* choice in choice */	{	if (T0->st && trans[n][T0->st]
				&&  trans[n][T0->st]->nxt)
					break;
			}
#if 0
		if (T0)
		printf("\tstate %d / %d: choice in choice\n",
		i, T0->st);
#endif
			if (T0)
			for (T0 = T1; T0; T0 = T0->nxt)
			{	T3 = trans[n][T0->st];
				if (!T3->nxt)
				{	T2->nxt = cpytr(T0);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
					continue;
				}
				do {	T3 = T3->nxt;
					T2->nxt = cpytr(T3);
					T2 = T2->nxt;
					imed(T2, T0->st, n, i);
				} while (T3->nxt);
				cnt++;
			}
		}
	} while (cnt);
	if (state_tables >= 3)
	{	printf("STEP 2 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
	for (i = 1; i < m; i++)
	{	if (trans[n][i] && trans[n][i]->nxt) /* optimize */
		{	T1 = trans[n][i]->nxt;
#if 0
			printf("\t\tpull %d (%d) to %d\n",
			T1->st, T1->forw, i);
#endif
			srcln[i] = srcln[T1->st];	/* Oyvind Teig, 5.2.0 */

			if (!trans[n][T1->st]) continue;
			T0 = cpytr(trans[n][T1->st]);
			trans[n][i] = T0;
			reach[T1->st] = 1;
			imed(T0, T1->st, n, i);
			for (T1 = T1->nxt; T1; T1 = T1->nxt)
			{
#if 0
			printf("\t\tpull %d (%d) to %d\n",
				T1->st, T1->forw, i);
#endif
		/*		srcln[i] = srcln[T1->st];  gh: not useful */
				if (!trans[n][T1->st]) continue;
				T0->nxt = cpytr(trans[n][T1->st]);
				T0 = T0->nxt;
				reach[T1->st] = 1;
				imed(T0, T1->st, n, i);
	}	}	}
	if (state_tables >= 2)
	{	printf("STEP 3 %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
		return;
	}
#ifdef HAS_UNLESS
	for (i = 1; i < m; i++)
	{	if (!trans[n][i]) continue;
		/* check for each state i if an
		 * escape to some state p is defined
		 * if so, copy and mark p's transitions
		 * and prepend them to the transition-
		 * list of state i
		 */
	 if (!like_java) /* the default */
	 {	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->e_trans = p;
				T2->nxt = trans[n][i];
				trans[n][i] = T2;
		}	}
	 } else /* outermost unless checked first */
	 {	T4 = T3 = (Trans *) 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		for (k = HAS_UNLESS-1; k >= 0; k--)
		{	if (p = T0->escp[k])
			for (T1 = trans[n][p]; T1; T1 = T1->nxt)
			{	if (isthere(trans[n][i], T1->t_id))
					continue;
				T2 = cpytr(T1);
				T2->nxt = (Trans *) 0;
				T2->e_trans = p;
				if (T3)	T3->nxt = T2;
				else	T4 = T2;
				T3 = T2;
		}	}
		if (T4)
		{	T3->nxt = trans[n][i];
			trans[n][i] = T4;
		}
	 }
	}
#endif
#ifndef NOREDUCE
	for (i = 1; i < m; i++)
	{	if (a_cycles)
		{ /* moves through these states are visible */
	#if PROG_LAB>0 && defined(HAS_NP)
			if (progstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (progstate[n][T1->st])
					goto degrade;
	#endif
			if (accpstate[n][i] || visstate[n][i])
				goto degrade;
			for (T1 = trans[n][i]; T1; T1 = T1->nxt)
				if (accpstate[n][T1->st])
					goto degrade;
		}
		T1 = trans[n][i];
		if (!T1) continue;
		g = mark_safety(T1);	/* V3.3.1 */
		if (g < 0) goto degrade; /* global */
		/* check if mixing of guards preserves reduction */
		if (T1->nxt)
		{	k = 0;
			for (T0 = T1; T0; T0 = T0->nxt)
			{	if (!(T0->atom&8))
					goto degrade;
				for (aa = 0; aa < 2; aa++)
				{	j = srinc_set(T0->tpe[aa]);
					if (j >= GLOBAL && j != ALPHA_F)
						goto degrade;
					if (T0->tpe[aa]
					&&  T0->tpe[aa]
					!=  T1->tpe[0])
						k = 1;
			}	}
			/* g = 0;	V3.3.1 */
			if (k)	/* non-uniform selection */
			for (T0 = T1; T0; T0 = T0->nxt)
			for (aa = 0; aa < 2; aa++)
			{	j = srinc_set(T0->tpe[aa]);
				if (j != LOCAL)
				{	k = srunc(T0->tpe[aa], j);
					for (h = 0; h < 6; h++)
						if (T1->qu[h] == k
						&&  T1->ty[h] == j)
							break;
					if (h >= 6)
					{	T1->qu[g%6] = k;
						T1->ty[g%6] = j;
						g++;
			}	}	}
			if (g > 6)
			{	T1->qu[0] = 0;	/* turn it off */
				printf("pan: warning, line %d, ",
					srcln[i]);
			 	printf("too many stmnt types (%d)",
					g);
			  	printf(" in selection\n");
			  goto degrade;
			}
		}
		/* mark all options global if >=1 is global */
		for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			if (!(T1->atom&8)) break;
		if (T1)
degrade:	for (T1 = trans[n][i]; T1; T1 = T1->nxt)
			T1->atom &= ~8;	/* mark as unsafe */
		/* can only mix 'r's or 's's if on same chan */
		/* and not mixed with other local operations */
		T1 = trans[n][i];
		if (!T1 || T1->qu[0]) continue;
		j = T1->tpe[0];
		if (T1->nxt && T1->atom&8)
		{ if (j == 5*DELTA)
		  {	printf("warning: line %d ", srcln[i]);
			printf("mixed condition ");
			printf("(defeats reduction)\n");
			goto degrade;
		  }
		  for (T0 = T1; T0; T0 = T0->nxt)
		  for (aa = 0; aa < 2; aa++)
		  if  (T0->tpe[aa] && T0->tpe[aa] != j)
		  {	printf("warning: line %d ", srcln[i]);
			printf("[%d-%d] mixed %stion ",
				T0->tpe[aa], j, 
				(j==5*DELTA)?"condi":"selec");
			printf("(defeats reduction)\n");
			printf("	'%s' <-> '%s'\n",
				T1->tp, T0->tp);
			goto degrade;
		} }
	}
#endif
	for (i = 1; i < m; i++)
	{	T2 = trans[n][i];
		if (!T2
		||  T2->nxt
		||  strncmp(T2->tp, ".(goto)", 7)
		||  !stopstate[n][i])
			continue;
		stopstate[n][T2->st] = 1;
	}
	if (state_tables && !verbose)
	{	if (dodot)
		{	char buf[256], *q = buf, *p = procname[n];
			while (*p != '\0')
			{	if (*p != ':')
				{	*q++ = *p;
				}
				p++;
			}
			*q = '\0';
			printf("digraph ");
			switch (Btypes[n]) {
			case I_PROC:  printf("init {\n"); break;
			case N_CLAIM: printf("claim_%s {\n", buf); break;
			case E_TRACE: printf("notrace {\n"); break;
			case N_TRACE: printf("trace {\n"); break;
			default:      printf("p_%s {\n", buf); break;
			}
			printf("size=\"8,10\";\n");
			printf("  GT [shape=box,style=dotted,label=\"%s\"];\n", buf);
			printf("  GT -> S%d;\n", is);
		} else
		{	switch (Btypes[n]) {
			case I_PROC:  printf("init\n"); break;
			case N_CLAIM: printf("claim %s\n", procname[n]); break;
			case E_TRACE: printf("notrace assertion\n"); break;
			case N_TRACE: printf("trace assertion\n"); break;
			default:      printf("proctype %s\n", procname[n]); break;
		}	}
		for (i = 1; i < m; i++)
		{	reach[i] = 1;
		}
		tagtable(n, m, is, srcln, reach);
		if (dodot) printf("}\n");
	} else
	for (i = 1; i < m; i++)
	{	int nrelse;
		if (Btypes[n] != N_CLAIM)
		{	for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			{	if (T0->st == i
				&& strcmp(T0->tp, "(1)") == 0)
				{	printf("error: proctype '%s' ",
						procname[n]);
		  			printf("line %d, state %d: has un",
						srcln[i], i);
					printf("conditional self-loop\n");
					pan_exit(1);
		}	}	}
		nrelse = 0;
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
		{	if (strcmp(T0->tp, "else") == 0)
				nrelse++;
		}
		if (nrelse > 1)
		{	printf("error: proctype '%s' state",
				procname[n]);
		  	printf(" %d, inherits %d", i, nrelse);
		  	printf(" 'else' stmnts\n");
			pan_exit(1);
	}	}
#if !defined(LOOPSTATE) && !defined(BFS_PAR)
	if (state_tables)
#endif
	do_dfs(n, m, is, srcln, reach, lpstate);

	if (!t_reverse)
	{	return;
	}
	/* process n, with m states, is=initial state -- reverse list */
	if (!state_tables && Btypes[n] != N_CLAIM)
	{	for (i = 1; i < m; i++)
		{	Trans *Tx = (Trans *) 0; /* list of escapes */
			Trans *Ty = (Trans *) 0; /* its tail element */
			T1 = (Trans *) 0; /* reversed list */
			T2 = (Trans *) 0; /* its tail */
			T3 = (Trans *) 0; /* remembers possible 'else' */

			/* find unless-escapes, they should go first */
			T4 = T5 = T0 = trans[n][i];
	#ifdef HAS_UNLESS
			while (T4 && T4->e_trans) /* escapes are first in orig list */
			{	T5 = T4;	  /* remember predecessor */
				T4 = T4->nxt;
			}
	#endif
			/* T4 points to first non-escape, T5 to its parent, T0 to original list */
			if (T4 != T0)		 /* there was at least one escape */
			{	T3 = T5->nxt;		 /* start of non-escapes */
				T5->nxt = (Trans *) 0;	 /* separate */
				Tx = T0;		 /* start of the escapes */
				Ty = T5;		 /* its tail */
				T0 = T3;		 /* the rest, to be reversed */
			}
			/* T0 points to first non-escape, Tx to the list of escapes, Ty to its tail */

			/* first tail-add non-escape transitions, reversed */
			T3 = (Trans *) 0;
			for (T5 = T0; T5; T5 = T4)
			{	T4 = T5->nxt;
	#ifdef HAS_UNLESS
				if (T5->e_trans)
				{	printf("error: cannot happen!\n");
					continue;
				}
	#endif
				if (strcmp(T5->tp, "else") == 0)
				{	T3 = T5;
					T5->nxt = (Trans *) 0;
				} else
				{	T5->nxt = T1;
					if (!T1) { T2 = T5; }
					T1 = T5;
			}	}
			/* T3 points to a possible else, which is removed from the list */
			/* T1 points to the reversed list so far (without escapes) */
			/* T2 points to the tail element -- where the else should go */
			if (T2 && T3)
			{	T2->nxt = T3;	/* add else */
			} else
			{	if (T3) /* there was an else, but there's no tail */
				{	if (!T1)	/* and no reversed list */
					{	T1 = T3; /* odd, but possible */
					} else		/* even stranger */
					{	T1->nxt = T3;
			}	}	}

			/* add in the escapes, to that they appear at the front */
			if (Tx && Ty) { Ty->nxt = T1; T1 = Tx; }

			trans[n][i] = T1;
			/* reversed, with escapes first and else last */
	}	}
	if (state_tables && verbose)
	{	printf("FINAL proctype %s\n", 
			procname[n]);
		for (i = 1; i < m; i++)
		for (T0 = trans[n][i]; T0; T0 = T0->nxt)
			crack(n, i, T0, srcln);
	}
}
void
imed(Trans *T, int v, int n, int j)	/* set intermediate state */
{	progstate[n][T->st] |= progstate[n][v];
	accpstate[n][T->st] |= accpstate[n][v];
	stopstate[n][T->st] |= stopstate[n][v];
	mapstate[n][j] = T->st;
}
void
tagtable(int n, int m, int is, short srcln[], uchar reach[])
{	Trans *z;

	if (is >= m || !trans[n][is]
	||  is <= 0 || reach[is] == 0)
		return;
	reach[is] = 0;
	if (state_tables)
	for (z = trans[n][is]; z; z = z->nxt)
	{	if (dodot)
			dot_crack(n, is, z);
		else
			crack(n, is, z, srcln);
	}

	for (z = trans[n][is]; z; z = z->nxt)
	{
#ifdef HAS_UNLESS
		int i, j;
#endif
		tagtable(n, m, z->st, srcln, reach);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			tagtable(n, m, j, srcln, reach);
		}
#endif
	}
}

extern Trans *t_id_lkup[];

void
dfs_table(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	Trans *z;

	if (is >= m || is <= 0 || !trans[n][is])
		return;
	if ((reach[is] & (4|8|16)) != 0)
	{	if ((reach[is] & (8|16)) == 16)	/* on stack, not yet recorded */
		{	lpstate[is] = 1;
			reach[is] |= 8; /* recorded */
			if (state_tables && verbose)
			{	printf("state %d line %d is a loopstate\n", is, srcln[is]);
		}	}
		return;
	}
	reach[is] |= (4|16);	/* visited | onstack */
	for (z = trans[n][is]; z; z = z->nxt)
	{	t_id_lkup[z->t_id] = z;
#ifdef HAS_UNLESS
		int i, j;
#endif
		dfs_table(n, m, z->st, srcln, reach, lpstate);
#ifdef HAS_UNLESS
		for (i = 0; i < HAS_UNLESS; i++)
		{	j = trans[n][is]->escp[i];
			if (!j) break;
			dfs_table(n, m, j, srcln, reach, lpstate);
		}
#endif
	}
	reach[is] &= ~16; /* no longer on stack */
}
void
do_dfs(int n, int m, int is, short srcln[], uchar reach[], uchar lpstate[])
{	int i;
	dfs_table(n, m, is, srcln, reach, lpstate);
	for (i = 0; i < m; i++)
		reach[i] &= ~(4|8|16);
}
void
crack(int n, int j, Trans *z, short srcln[])
{	int i;

	if (!z) return;
	printf("	state %3d -(tr %3d)-> state %3d  ",
		j, z->forw, z->st);
	printf("[id %3d tp %3d", z->t_id, z->tpe[0]);
	if (z->tpe[1]) printf(",%d", z->tpe[1]);
#ifdef HAS_UNLESS
	if (z->e_trans)
		printf(" org %3d", z->e_trans);
	else if (state_tables >= 2)
	for (i = 0; i < HAS_UNLESS; i++)
	{	if (!z->escp[i]) break;
		printf(" esc %d", z->escp[i]);
	}
#endif
	printf("]");
	printf(" [%s%s%s%s%s] %s:%d => ",
		z->atom&6?"A":z->atom&32?"D":"-",
		accpstate[n][j]?"a" :"-",
		stopstate[n][j]?"e" : "-",
		progstate[n][j]?"p" : "-",
		z->atom & 8 ?"L":"G",
		PanSource, srcln[j]);
	for (i = 0; z->tp[i]; i++)
		if (z->tp[i] == '\n')
			printf("\\n");
		else
			putchar(z->tp[i]);
	if (verbose && z->qu[0])
	{	printf("\t[");
		for (i = 0; i < 6; i++)
			if (z->qu[i])
				printf("(%d,%d)",
				z->qu[i], z->ty[i]);
		printf("]");
	}
	printf("\n");
	fflush(stdout);
}
/* spin -a m.pml; cc -o pan pan.c; ./pan -D | dot -Tps > foo.ps; ps2pdf foo.ps */
void
dot_crack(int n, int j, Trans *z)
{	int i;

	if (!z) return;
	printf("	S%d -> S%d  [color=black", j, z->st);

	if (z->atom&6) printf(",style=dashed");
	else if (z->atom&32) printf(",style=dotted");
	else if (z->atom&8) printf(",style=solid");
	else printf(",style=bold");

	printf(",label=\"");
	for (i = 0; z->tp[i]; i++)
	{	if (z->tp[i] == '\\'
		&&  z->tp[i+1] == 'n')
		{	i++; printf(" ");
		} else
		{	putchar(z->tp[i]);
	}	}
	printf("\"];\n");
	if (accpstate[n][j]) printf("  S%d [color=red,style=bold];\n", j);
	else if (progstate[n][j]) printf("  S%d [color=green,style=bold];\n", j);
	if (stopstate[n][j]) printf("  S%d [color=blue,style=bold,shape=box];\n", j);
}

#ifdef VAR_RANGES
#define BYTESIZE	32	/* 2^8 : 2^3 = 256:8 = 32 */

typedef struct Vr_Ptr {
	char	*nm;
	uchar	vals[BYTESIZE];
	struct Vr_Ptr *nxt;
} Vr_Ptr;
Vr_Ptr *ranges = (Vr_Ptr *) 0;

void
logval(char *s, int v)
{	Vr_Ptr *tmp;

	if (v<0 || v > 255) return;
	for (tmp = ranges; tmp; tmp = tmp->nxt)
		if (!strcmp(tmp->nm, s))
			goto found;
	tmp = (Vr_Ptr *) emalloc(sizeof(Vr_Ptr));
	tmp->nxt = ranges;
	ranges = tmp;
	tmp->nm = s;
found:
	tmp->vals[(v)/8] |= 1<<((v)%8);
}

void
dumpval(uchar X[], int range)
{	int w, x, i, j = -1;

	for (w = i = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
from:		if ((X[w] & (1<<x)))
		{	printf("%d", i);
			j = i;
			goto upto;
	}	}
	return;
	for (w = 0; w < range; w++)
	for (x = 0; x < 8; x++, i++)
	{
upto:		if (!(X[w] & (1<<x)))
		{	if (i-1 == j)
				printf(", ");
			else
				printf("-%d, ", i-1);
			goto from;
	}	}
	if (j >= 0 && j != 255)
		printf("-255");
}

void
dumpranges(void)
{	Vr_Ptr *tmp;
	printf("\nValues assigned within ");
	printf("interval [0..255]:\n");
	for (tmp = ranges; tmp; tmp = tmp->nxt)
	{	printf("\t%s\t: ", tmp->nm);
		dumpval(tmp->vals, BYTESIZE);
		printf("\n");
	}
}
#endif
